// Where the visitor is on the planes, in the URL: the zoom of each, and the place on the walk along a
// path. Python knows neither.

import { replaceAddress } from "../../web/address.js";

/** @import { LatentPad } from "./pad.js" */
/** @import { Plane } from "./plane.js" */
/** @import { Data } from "./wire.d.ts" */

const DIGITS = 5; // significant ones
const LONGEST = 400; // letters that are read

/** @typedef {{ zoom: string, walk: string }} Places as texts; empty where all is as at first */

/** @param {readonly Plane[]} planes @returns {Places} */
export function placesOn(planes) {
  const zoom = planes.flatMap(({ index, view }) => (view.atHome ? [] : [written(index, view.square())]));
  const walk = planes.flatMap(({ index, strip }) => (strip.share > 0 && strip.share < 1 ? [written(index, [strip.share])] : []));
  return { zoom: zoom.join(";"), walk: walk.join(";") };
}

/** @param {number} index of the plane @param {number[]} values */
function written(index, values) {
  return [index, ...values.map((value) => Number(value.toPrecision(DIGITS)))].join(",");
}

// For each plane that a text names, its index and its numbers; whatever cannot be read is left out.
/** @param {string | null} text @param {number} count of numbers */
export function readPlaces(text, count) {
  return (text ?? "").slice(0, LONGEST).split(";").flatMap((part) => {
    const numbers = part.split(",").map(Number);
    return part && numbers.length === count + 1 && numbers.every(Number.isFinite) ? [numbers] : [];
  });
}

/** @param {LatentPad} pad @param {Data["links"]} links names of the query parameters */
export function writePlaces(pad, links) {
  const address = new URL(window.location.href);
  const places = placesOn(pad.planes);
  for (const kind of /** @type {const} */ (["zoom", "walk"])) {
    const name = links[kind];
    if (!name) continue;
    if (places[kind]) address.searchParams.set(name, places[kind]);
    else address.searchParams.delete(name);
  }
  replaceAddress(address.href);
}

// Go where a link says.
/** @param {LatentPad} pad @param {Data["links"]} links */
export function takePlaces(pad, links) {
  const { searchParams } = new URL(window.location.href);
  const said = (/** @type {"zoom" | "walk"} */ kind) => searchParams.get(links[kind] ?? "");
  for (const [index, x, y, half] of readPlaces(said("zoom"), 3)) {
    if (half > 0) pad.planes[index]?.view.fit({ xmin: x - half, xmax: x + half, ymin: y - half, ymax: y + half });
  }
  for (const [index, share] of readPlaces(said("walk"), 1)) {
    const strip = pad.planes[index]?.strip;
    if (strip) strip.asked = Math.min(1, Math.max(0, share));
  }
}
