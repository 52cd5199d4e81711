// How fast the picture changes at a place, direction by direction: the metric that the decoder pulls
// back to the plane (Python's geometry/metric.py).

/** @import { Ring } from "./rings.js" */

export class Metric {
  /** @param {[Float32Array, Float32Array]} changes of the picture (P,) per unit along the plane's two axes */
  constructor(changes) {
    this.changes = changes;
    const [first, second] = changes;
    let [aa, ab, bb] = [0, 0, 0];
    for (let p = 0; p < first.length; p++) {
      aa += first[p] * first[p];
      ab += first[p] * second[p];
      bb += second[p] * second[p];
    }
    const largest = (aa + bb) / 2 + Math.hypot((aa - bb) / 2, ab); // of G's two eigenvalues
    const least = largest && Math.max(0, (aa * bb - ab * ab) / largest);
    /** @type {[number, number]} pixel units per latent unit, the larger one first */
    this.singular = [Math.sqrt(largest), Math.sqrt(least)];
    this.steepest = Math.atan2(2 * ab, aa - bb) / 2; // against the first axis, in radians
  }

  // The steps from a place that change the picture by so many pixel units, as an ellipse (see
  // rings.js) whose half-axes are no longer than some length.
  /** @param {{ x: number, y: number }} place @param {number} change @param {number} longest @returns {Ring} */
  indicatrix({ x, y }, change, longest) {
    const [shortest, other] = this.singular.map((value) => Math.min(change / value, longest));
    return [x, y, shortest, other, this.steepest];
  }
}
