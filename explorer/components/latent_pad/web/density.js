// The density of codes at a point of the plane: the aggregate posterior q(z), which is the mean of
// q(z|x) over all images; or, if the encoder has no posterior, a kernel density estimate.

/** @import { PointSet } from "./points.js" */

const MOST_SUMMED = 25_000; // codes; if there are more, only every second, third… is summed over
const FAR_SQUARED = 76; // squared distance in standard deviations; exp(-38) is below float64 precision

export class Density {
  /** @param {PointSet} points */
  constructor(points) {
    this.points = points;
    this.stride = Math.ceil(points.finite.length / MOST_SUMMED) || 1;
    this.isKernel = !points.scales;
    this.kernel = points.scales ? [0, 0] : kernelWidth(points); // its width, if there are no posteriors
  }

  // Per unit of area; null if there are no codes or the kernel has no width.
  /** @param {number} x @param {number} y */
  at(x, y) {
    const { codes, scales, finite } = this.points;
    const [kernelAcross, kernelUp] = this.kernel;
    if (!scales && !(Math.min(kernelAcross, kernelUp) > 0)) return null;
    let [sum, count] = [0, 0];
    for (let n = 0; n < finite.length; n += this.stride) {
      const i = finite[n];
      const width = scales ? scales[2 * i] : kernelAcross;
      const height = scales ? scales[2 * i + 1] : kernelUp;
      if (!Number.isFinite(width + height)) continue;
      count += 1;
      const [u, v] = [(x - codes[2 * i]) / width, (y - codes[2 * i + 1]) / height];
      const square = u * u + v * v;
      if (square < FAR_SQUARED) sum += Math.exp(-0.5 * square) / (width * height);
    }
    const density = sum / (2 * Math.PI * count);
    return Number.isFinite(density) ? density : null;
  }
}

// Scott's rule in two dimensions (Scott 1992): the standard deviation times n^(-1/6), per axis.
/** @param {{ codes: Float32Array, finite: ArrayLike<number> & Iterable<number> }} points */
export function kernelWidth({ codes, finite }) {
  const width = [0, 1].map((axis) => {
    let [sum, squares] = [0, 0];
    for (const i of finite) sum += codes[2 * i + axis];
    const mean = sum / finite.length;
    for (const i of finite) squares += (codes[2 * i + axis] - mean) ** 2;
    return Math.sqrt(squares / finite.length);
  });
  return width.map((deviation) => deviation * finite.length ** (-1 / 6));
}

/** @param {number} x @param {number} y */
export function standardNormal(x, y) {
  return Math.exp(-0.5 * (x * x + y * y)) / (2 * Math.PI);
}
