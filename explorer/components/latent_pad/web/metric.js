// How fast the picture changes at a point, by direction: the pullback metric of the decoder in the
// plane (Python's geometry/metric.py).

/** @import { Ring } from "./rings.js" */

export class Metric {
  /** @param {[Float32Array, Float32Array]} changes derivatives of the picture, (P,), along the plane's axes */
  constructor(changes) {
    this.changes = changes;
    const [first, second] = changes;
    let [aa, ab, bb] = [0, 0, 0];
    for (let p = 0; p < first.length; p++) {
      aa += first[p] * first[p];
      ab += first[p] * second[p];
      bb += second[p] * second[p];
    }
    const largest = (aa + bb) / 2 + Math.hypot((aa - bb) / 2, ab); // eigenvalue of G
    const least = largest && Math.max(0, (aa * bb - ab * ab) / largest);
    /** @type {[number, number]} pixel units per latent unit, the larger one first */
    this.singular = [Math.sqrt(largest), Math.sqrt(least)];
    this.steepest = Math.atan2(2 * ab, aa - bb) / 2; // angle from the first axis, in radians
  }

  // The ellipse (see rings.js) of steps from a point that change the picture by `change` pixel
  // units; its half-axes are at most `longest`.
  /** @param {{ x: number, y: number }} place @param {number} change @param {number} longest @returns {Ring} */
  indicatrix({ x, y }, change, longest) {
    const [shortest, other] = this.singular.map((value) => Math.min(change / value, longest));
    return [x, y, shortest, other, this.steepest];
  }
}
