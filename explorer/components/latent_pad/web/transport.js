// Fetch the heavy half of a plane once.

import { Atlas } from "./atlas.js";
import { DenseDecoder } from "./decoder.js";
import { Field } from "./field.js";
import { floats, unpack } from "./packing.js";
import { Surface } from "./surface.js";

const RETRY_AFTER = [250, 1000]; // ms; an address may be missing for a moment during a rerun
const KEEP = 64; // files; enough for going back and forth between models

const files = new Map(); // address → promise of its decoded content, oldest first

// Addresses name their content, so a file that was read once never needs asking for again.
function once(url, read) {
  if (url.startsWith("data:")) return fetch(url).then(read); // it is here already
  const file = files.get(url) ?? fetchPatiently(url).then(read);
  files.delete(url);
  files.set(url, file);
  file.catch(() => files.delete(url));
  if (files.size > KEEP) files.delete(files.keys().next().value);
  return file;
}

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

export function readText(url) {
  return once(url, (response) => response.text());
}

// description: what Python says of a plane; resolve: turns its addresses into full ones. The decoder
// is the largest part and is fetched when `load` is called; `ready` is told when it is here.
export async function loadFrame(description, resolve, ready) {
  const { count, scaleUnit, points, surface, decoder, atlas, field, companion, ...words } = description;
  const [cloud, numbers] = await Promise.all([
    once(resolve(points), async (response) => unpack(await response.arrayBuffer(), count, scaleUnit)),
    field && once(resolve(field.url), async (response) => floats(await response.arrayBuffer())),
  ]);
  const shown = field && new Field(numbers, field); // the same numbers may come in other colours
  const frame = { ...words, points: cloud, surface: new Surface(surface), field: shown };
  frame.hasPictures = Boolean(decoder || atlas);
  frame.load = async () => {
    try {
      if (frame.hasPictures && !frame.decoder) {
        frame.decoder = await loadPictures(decoder, atlas, resolve);
        ready();
      }
      if (companion && !frame.companion) {
        const pictures = await loadPictures(null, companion.atlas, resolve);
        frame.companion = { title: companion.title, pictures };
        ready();
      }
    } catch {
      // Asked for again the next time the film rests here.
    }
  };
  return frame;
}

function loadPictures(decoder, atlas, resolve) {
  if (decoder) {
    return once(resolve(decoder.url), async (response) => new DenseDecoder(await response.arrayBuffer(), decoder));
  }
  return atlas && once(resolve(atlas.url), async (response) => new Atlas(await unzipped(response), atlas));
}

async function unzipped(response) {
  const plain = response.body.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}
