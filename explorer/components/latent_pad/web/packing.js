// Reads the files that Python packs for the browser (payload.py) as typed arrays.

import { PointSet } from "./points.js";

export const DIGEST_BYTES = 16; // at the start of a file

/** @param {ArrayBuffer} buffer */
export function floats(buffer) {
  return new Float32Array(buffer, DIGEST_BYTES);
}

// The codes, their scales (in multiples of `unit`, if there are any) and their labels.
/** @param {ArrayBuffer} buffer @param {number} count @param {number | null} unit null if there are no scales */
export function unpack(buffer, count, unit) {
  const expected = DIGEST_BYTES + count * (unit === null ? 9 : 13);
  if (buffer.byteLength !== expected) throw new Error("the data arrived incomplete");
  const codes = new Float32Array(buffer, DIGEST_BYTES, 2 * count);
  const scales = unit === null ? null : halves(buffer, DIGEST_BYTES + 8 * count, 2 * count, unit);
  const labels = new Uint8Array(buffer, buffer.byteLength - count, count);
  return new PointSet(codes, labels, scales);
}

/** @type {Float32Array | null} */
let wide = null; // every half-precision number, by its bits

/** @param {ArrayBuffer} buffer @param {number} offset @param {number} length @param {number} unit */
export function halves(buffer, offset, length, unit = 1) {
  if (!wide) wide = Float32Array.from({ length: 2 ** 16 }, (_, bits) => fromHalf(bits));
  const known = wide;
  const found = new Float32Array(length);
  const bits = new Uint16Array(buffer, offset, length);
  for (let k = 0; k < length; k++) found[k] = unit * known[bits[k]];
  return found;
}

// A half-precision number (IEEE 754 binary16); not every browser has Float16Array yet.
/** @param {number} bits */
function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction);
}
