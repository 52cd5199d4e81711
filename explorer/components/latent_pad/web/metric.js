// How fast the picture changes at a place, direction by direction: the metric that the decoder pulls
// back to the plane (Python's geometry/metric.py).

export class Metric {
  // changes: the picture's change (P,) per unit along each of the plane's two axes.
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
    this.singular = [Math.sqrt(largest), Math.sqrt(least)]; // pixel units per latent unit
    this.steepest = Math.atan2(2 * ab, aa - bb) / 2; // against the first axis, in radians
  }

  // The steps from a place that change the picture by so many pixel units, as an ellipse (see
  // rings.js) whose half-axes are no longer than some length.
  indicatrix({ x, y }, change, longest) {
    const radii = this.singular.map((value) => Math.min(change / value, longest));
    return [x, y, ...radii, this.steepest];
  }
}
