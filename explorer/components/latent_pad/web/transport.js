// Fetch the heavy half of a plane once, and lay typed arrays over it.

import { DIGEST_BYTES, DenseDecoder } from "./decoder.js";
import { PointSet } from "./points.js";

const RETRY_AFTER = [250, 1000]; // ms; an address may be missing for a moment during a rerun
const KEEP = 24; // files; enough for going back and forth between models

const files = new Map(); // address → promise of its decoded content, oldest first

// Addresses name their content, so a file that was read once never needs asking for again.
function once(url, read) {
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

// description: what Python says of a plane; resolve: turns its addresses into full ones.
export async function loadPlane(description, resolve) {
  const { count, hasScales, points, grid, decoder, ...words } = description;
  const [cloud, image, dense] = await Promise.all([
    once(resolve(points), async (response) => unpack(await response.arrayBuffer(), count, hasScales)),
    grid && once(resolve(grid.url), async (response) => createImageBitmap(await response.blob())),
    decoder &&
      once(resolve(decoder.url), async (response) => new DenseDecoder(await response.arrayBuffer(), decoder)),
  ]);
  return { ...words, points: cloud, grid: grid && { image, extent: grid.extent }, decoder: dense };
}

function unpack(buffer, count, hasScales) {
  const expected = DIGEST_BYTES + count * (hasScales ? 17 : 9);
  if (buffer.byteLength !== expected) throw new Error("the data arrived incomplete");
  const codes = new Float32Array(buffer, DIGEST_BYTES, 2 * count);
  const scales = hasScales ? new Float32Array(buffer, DIGEST_BYTES + 8 * count, 2 * count) : null;
  const labels = new Uint8Array(buffer, buffer.byteLength - count, count);
  return new PointSet(codes, labels, scales);
}
