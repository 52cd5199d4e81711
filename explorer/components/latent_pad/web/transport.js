// Fetches the large files of a plane, and caches them.

import { Atlas } from "./atlas.js";
import { DenseDecoder } from "./decoder.js";
import { Field } from "./field.js";
import { Frame } from "./frame.js";
import { floats, unpack } from "./packing.js";
import { Shades } from "./shades.js";
import { Surface } from "./surface.js";

/** @import { Address, Decoder, Frame as Description, Images } from "./wire.d.ts" */

/** @typedef {(address: Address) => string} Resolve turns Python's address into a full URL */

const RETRY_AFTER = [250, 1000]; // ms; an address may be missing for a moment during a rerun
const KEEP = 64; // files; enough to switch back and forth between models

/** @type {Map<string, Promise<unknown>>} */
const files = new Map(); // address → promise of its decoded content, oldest first

/**
 * Fetch a file once; an address identifies its content, so a cached file is never fetched again.
 * @template T
 * @param {string} url
 * @param {(response: Response) => Promise<T>} read always the same for one address
 * @returns {Promise<T>}
 */
function once(url, read) {
  if (url.startsWith("data:")) return fetch(url).then(read); // contains its content
  const file = /** @type {Promise<T> | undefined} */ (files.get(url)) ?? fetchPatiently(url).then(read);
  files.delete(url);
  files.set(url, file);
  file.catch(() => files.delete(url));
  const [oldest] = files.keys();
  if (files.size > KEEP) files.delete(oldest);
  return file;
}

/** @param {string} url @param {number[]} waits @returns {Promise<Response>} */
async function fetchPatiently(url, waits = RETRY_AFTER) {
  try {
    const response = await fetch(url, { cache: "force-cache" });
    if (response.ok) return response;
    throw new Error(`the server answered ${response.status}`);
  } catch (error) {
    if (!waits.length) throw error;
    await new Promise((resume) => setTimeout(resume, waits[0]));
    return fetchPatiently(url, waits.slice(1));
  }
}

/** @param {string} url */
export function readText(url) {
  return once(url, (response) => response.text());
}

// The decoder is the largest part: it is fetched when `load` is called, and then `ready` is called.
/** @param {Description} description @param {Resolve} resolve @param {() => void} ready */
export async function loadFrame(description, resolve, ready) {
  const { count, scaleUnit, points, surface, decoder, atlas, shades, field, logPrior, companion, ...words } = description;
  const [cloud, coloured, shown, prior] = await Promise.all([
    once(resolve(points), async (response) => unpack(await response.arrayBuffer(), count, scaleUnit)),
    shades && loadShades(shades, resolve),
    field && loadField(field, resolve),
    logPrior && loadField(logPrior, resolve),
  ]);
  const hasPictures = Boolean(decoder ?? atlas);
  const parts = { points: cloud, shades: coloured, field: shown, logPrior: prior, hasPictures };
  const frame = new Frame({ ...words, ...parts, surface: new Surface(surface) });
  frame.load = async () => {
    try {
      if (hasPictures && !frame.decoder) {
        frame.decoder = await loadPictures(decoder, atlas, resolve);
        ready();
      }
      if (companion && !frame.companion) {
        const pictures = await loadAtlas(companion.atlas, resolve);
        frame.companion = { title: companion.title, pictures };
        ready();
      }
    } catch {
      // Fetched again the next time the film rests here.
    }
  };
  return frame;
}

// Of shades and fields only the values are cached, as the same values may come with another title.
/** @param {NonNullable<Description["shades"]>} shades @param {Resolve} resolve */
async function loadShades(shades, resolve) {
  const numbers = await once(resolve(shades.url), async (response) => floats(await response.arrayBuffer()));
  return new Shades(numbers, shades);
}

/** @param {NonNullable<Description["field"]>} field @param {Resolve} resolve */
async function loadField(field, resolve) {
  const numbers = await once(resolve(field.url), async (response) => floats(await response.arrayBuffer()));
  return new Field(numbers, field);
}

/** @param {Decoder | null} decoder @param {Images | null} atlas @param {Resolve} resolve */
async function loadPictures(decoder, atlas, resolve) {
  if (!decoder) return atlas && loadAtlas(atlas, resolve);
  return once(resolve(decoder.url), async (response) => new DenseDecoder(await response.arrayBuffer(), decoder));
}

/** @param {Images} atlas @param {Resolve} resolve */
function loadAtlas(atlas, resolve) {
  return once(resolve(atlas.url), async (response) => new Atlas(await unzipped(response), atlas));
}

/** @param {Response} response */
async function unzipped(response) {
  const plain = response.body?.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}
