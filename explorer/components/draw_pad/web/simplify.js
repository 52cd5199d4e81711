// Fewer points for the same line: points within a tolerance of it are left out
// (Ramer 1972; Douglas & Peucker 1973). Points are [x, y].

/** @import { Point, Stroke } from "./wire.d.ts" */

const TOLERANCE = 0.003; // of the field's side: a pixel on the screen, a twelfth of one in MNIST
const DIGITS = 3;

// At most `limit` points, rounded.
/** @param {Stroke} points @param {number} limit @returns {Stroke} */
export function simplify(points, limit) {
  let kept = points;
  for (let tolerance = TOLERANCE; kept === points || kept.length > limit; tolerance *= 1.5) {
    kept = withoutNeedless(points, tolerance);
  }
  const rounded = (/** @type {number} */ value) => Number(value.toFixed(DIGITS));
  return withoutRepeats(kept.map(([x, y]) => [rounded(x), rounded(y)]));
}

/** @param {Stroke} points @param {number} tolerance */
export function withoutNeedless(points, tolerance = TOLERANCE / 3) {
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  /** @type {[number, number][]} */
  const spans = [[0, points.length - 1]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [first, last] = span;
    let farthest = -1;
    let most = tolerance;
    for (let i = first + 1; i < last; i++) {
      const distance = distanceToSegment(points[i], points[first], points[last]);
      if (distance > most) [farthest, most] = [i, distance];
    }
    if (farthest < 0) continue;
    keep[farthest] = 1;
    spans.push([first, farthest], [farthest, last]);
  }
  return points.filter((_, i) => keep[i]);
}

/** @param {Stroke} points */
function withoutRepeats(points) {
  return points.filter(([x, y], i) => i === 0 || x !== points[i - 1][0] || y !== points[i - 1][1]);
}

/** @param {Point} point @param {Point} a @param {Point} b */
function distanceToSegment([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const along = length ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
}
