// Paths through the codes of pins: the counterpart of geometry/interpolation.py, which explains
// them.

/** @import { PathStyle } from "./wire.d.ts" */

const PARALLEL = 1e-6; // sin θ below which two codes count as parallel

/** @typedef {readonly number[]} Code */

/** @type {Record<PathStyle["kind"], (a: Code, b: Code, t: number) => number[]>} */
const KINDS = {
  linear: (a, b, t) => a.map((value, i) => (1 - t) * value + t * b[i]),
  spherical,
};

// The code at a fraction (0 to 1) of a path through at least two codes; all segments count equally.
/** @param {readonly Code[]} codes @param {number} share @param {PathStyle["kind"]} kind */
export function along(codes, share, kind) {
  const segments = codes.length - 1;
  const position = share * segments;
  const segment = Math.min(segments - 1, Math.floor(position));
  return KINDS[kind](codes[segment], codes[segment + 1], position - segment);
}

/** @param {readonly Code[]} codes @param {number} steps @param {PathStyle["kind"]} kind */
export function sampled(codes, steps, kind) {
  return Array.from({ length: steps }, (_, k) => along(codes, k / (steps - 1), kind));
}

/** @param {Code} a @param {Code} b @param {number} t */
function spherical(a, b, t) {
  const [from, to] = [Math.hypot(...a), Math.hypot(...b)];
  const cosine = from && to ? a.reduce((sum, value, i) => sum + (value / from) * (b[i] / to), 0) : 1;
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  if (!(Math.min(from, to) > 0 && sine > PARALLEL)) return KINDS.linear(a, b, t);
  const length = (1 - t) * from + t * to;
  const [left, right] = [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine];
  return a.map((value, i) => length * ((left * value) / from + (right * b[i]) / to));
}
