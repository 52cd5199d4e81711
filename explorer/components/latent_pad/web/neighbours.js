// Keeps hidden classes and layers the same in all pads of a document and in its URL.

import { replaceAddress } from "../../web/address.js";

/** @import { LatentPad } from "./pad.js" */
/** @import { Look } from "./state.js" */
/** @import { Data } from "./wire.d.ts" */

/** @type {Set<LatentPad>} */
const pads = new Set(); // of this document
/** @type {Look | null} */
let agreed = null; // as last set by the visitor

/** @param {LatentPad} pad */
export function join(pad) {
  pads.add(pad);
}

/** @param {LatentPad} pad */
export function leave(pad) {
  pads.delete(pad);
}

// Pass a pad's look on to all other pads.
/** @param {Look} look @param {LatentPad} pad */
export function share(look, pad) {
  agreed = look;
  for (const other of pads) if (other !== pad) adopt(other);
}

// Give a pad the common look, if there is one.
/** @param {LatentPad} pad */
export function adopt(pad) {
  if (agreed) pad.dispatch({ type: "agree", look: agreed });
}

/** @param {Look} look @param {Data["links"]} links names of the query parameters */
export function writeAddress({ hidden, layers }, links) {
  if (!agreed || !links.hidden || !links.layers) return;
  const address = new URL(window.location.href);
  address.searchParams.set(links.hidden, [...hidden].sort((a, b) => a - b).join(","));
  address.searchParams.set(links.layers, [...layers].sort().join(","));
  replaceAddress(address.href);
}
