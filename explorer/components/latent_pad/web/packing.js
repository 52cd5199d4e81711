// The files that Python packs for the browser (payload.py): typed arrays laid over their bytes.

import { PointSet } from "./points.js";

export const DIGEST_BYTES = 16; // before the numbers of a file

export function floats(buffer) {
  return new Float32Array(buffer, DIGEST_BYTES);
}

// A cloud of so many codes: points, scales in multiples of scaleUnit if there are any, and labels.
export function unpack(buffer, count, scaleUnit) {
  const hasScales = scaleUnit !== null;
  const expected = DIGEST_BYTES + count * (hasScales ? 13 : 9);
  if (buffer.byteLength !== expected) throw new Error("the data arrived incomplete");
  const codes = new Float32Array(buffer, DIGEST_BYTES, 2 * count);
  const halves = hasScales && new Uint16Array(buffer, DIGEST_BYTES + 8 * count, 2 * count);
  const scales = halves ? Float32Array.from(halves, (half) => scaleUnit * fromHalf(half)) : null;
  const labels = new Uint8Array(buffer, buffer.byteLength - count, count);
  return new PointSet(codes, labels, scales);
}

// A number of sixteen bits (IEEE 754 binary16); not every browser has Float16Array yet.
function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction);
}
