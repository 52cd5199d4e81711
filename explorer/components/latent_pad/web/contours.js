// Contours of the codes of a class: outlines of the smallest regions that hold 50% and 90% of them
// (highest density regions, Hyndman 1996), from a histogram smoothed by a Gaussian.

import { kernelWidth } from "./density.js";

/** @import { PointSet } from "./points.js" */

const CELLS_ACROSS = 72; // per side
const SHARES = [0.5, 0.9];
const FEWEST = 8; // codes needed to estimate a density
const KERNEL_REACH = 3; // radius of the kernel in standard deviations

/** @typedef {{ share: number, segments: Float32Array }} Contour segments x1, y1, x2, y2 in the plane */
/** @typedef {{ codes: Float32Array, finite: readonly number[] }} Codes of a class */
/** @typedef {{ values: Float64Array, left: number, bottom: number, dx: number, dy: number }} Grid */

// A list of contours for each class.
/** @param {PointSet} points @param {number} n_classes */
export function classContours(points, n_classes) {
  const members = Array.from({ length: n_classes }, () => /** @type {number[]} */ ([]));
  for (const i of points.finite) members[points.labels[i]].push(i);
  return members.map((indices) => contoursOf({ codes: points.codes, finite: indices }));
}

/** @param {Codes} cloud @returns {Contour[]} */
function contoursOf(cloud) {
  if (cloud.finite.length < FEWEST) return [];
  const width = kernelWidth(cloud);
  if (!(Math.min(...width) > 0)) return [];
  const grid = histogram(cloud, width);
  smooth(grid, width);
  const levels = levelsOf(grid.values);
  return SHARES.map((share, k) => ({ share, segments: isoline(grid, levels[k]) }));
}

/** @param {Codes} cloud @param {number[]} width of the kernel @returns {Grid} */
function histogram({ codes, finite }, [w, h]) {
  let [xmin, xmax, ymin, ymax] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const i of finite) {
    [xmin, xmax] = [Math.min(xmin, codes[2 * i]), Math.max(xmax, codes[2 * i])];
    [ymin, ymax] = [Math.min(ymin, codes[2 * i + 1]), Math.max(ymax, codes[2 * i + 1])];
  }
  const [left, bottom] = [xmin - KERNEL_REACH * w, ymin - KERNEL_REACH * h];
  const [dx, dy] = [(xmax - xmin + 2 * KERNEL_REACH * w) / CELLS_ACROSS, (ymax - ymin + 2 * KERNEL_REACH * h) / CELLS_ACROSS];
  const values = new Float64Array(CELLS_ACROSS * CELLS_ACROSS);
  for (const i of finite) {
    const column = Math.floor((codes[2 * i] - left) / dx);
    const row = Math.floor((codes[2 * i + 1] - bottom) / dy);
    values[row * CELLS_ACROSS + column] += 1;
  }
  return { values, left, bottom, dx, dy };
}

/** @param {Grid} grid @param {number[]} width of the kernel */
function smooth(grid, [w, h]) {
  blur(grid.values, w / grid.dx, 1, CELLS_ACROSS);
  blur(grid.values, h / grid.dy, CELLS_ACROSS, 1);
}

// Convolve each line with a Gaussian. `sigma` is in cells; `step` is the distance in the array
// between cells of a line, `stride` that between lines.
/** @param {Float64Array} values @param {number} sigma @param {number} step @param {number} stride */
function blur(values, sigma, step, stride) {
  const reach = Math.max(1, Math.ceil(KERNEL_REACH * sigma));
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-0.5 * ((k - reach) / sigma) ** 2));
  const line = new Float64Array(CELLS_ACROSS);
  for (let n = 0; n < CELLS_ACROSS; n++) {
    for (let c = 0; c < CELLS_ACROSS; c++) line[c] = values[n * stride + c * step];
    for (let c = 0; c < CELLS_ACROSS; c++) {
      let sum = 0;
      for (let k = Math.max(-reach, -c); k <= Math.min(reach, CELLS_ACROSS - 1 - c); k++) sum += kernel[k + reach] * line[c + k];
      values[n * stride + c * step] = sum;
    }
  }
}

// The density levels above which SHARES of the total mass lie.
/** @param {Float64Array} values */
function levelsOf(values) {
  const sorted = values.slice().sort().reverse();
  const total = sorted.reduce((sum, value) => sum + value, 0);
  let [held, k] = [0, 0];
  return SHARES.map((share) => {
    while (held < share * total) held += sorted[k++];
    return sorted[k - 1];
  });
}

// Marching squares (Lorensen & Cline 1987 in the plane) with linear interpolation along the edges.
/** @param {Grid} grid @param {number} level */
function isoline({ values, left, bottom, dx, dy }, level) {
  const segments = [];
  const corner = [[0, 0], [1, 0], [1, 1], [0, 1]];
  for (let row = 0; row + 1 < CELLS_ACROSS; row++) {
    for (let column = 0; column + 1 < CELLS_ACROSS; column++) {
      const heights = corner.map(([c, r]) => values[(row + r) * CELLS_ACROSS + column + c] - level);
      const cuts = [];
      for (let k = 0; k < 4; k++) {
        const [a, b] = [heights[k], heights[(k + 1) % 4]];
        if (a >= 0 === b >= 0) continue;
        const [[ac, ar], [bc, br]] = [corner[k], corner[(k + 1) % 4]];
        const t = a / (a - b);
        cuts.push(left + (column + 0.5 + ac + t * (bc - ac)) * dx, bottom + (row + 0.5 + ar + t * (br - ar)) * dy);
      }
      // Two cuts form one segment; four form a saddle, for which either pairing will do.
      for (let k = 0; k + 3 < cuts.length; k += 4) segments.push(...cuts.slice(k, k + 4));
    }
  }
  return Float32Array.from(segments);
}
