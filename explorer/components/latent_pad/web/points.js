// A cloud of codes.

/** @import { Bounds } from "./view.js" */

export class PointSet {
  /**
   * @param {Float32Array} codes x, y pairs
   * @param {Uint8Array} labels
   * @param {Float32Array | null} scales x, y pairs
   */
  constructor(codes, labels, scales = null) {
    this.codes = codes;
    this.labels = labels;
    this.scales = scales;
    this.count = labels.length;
    this.finite = labels.length ? finiteIndices(codes) : new Uint32Array();
    this.box = boundingBox(codes, this.finite);
  }

  get collapsed() {
    const { box } = this;
    return box !== null && this.finite.length > 1 && box.xmin === box.xmax && box.ymin === box.ymax;
  }

  /** @param {number} i */
  at(i) {
    return { x: this.codes[2 * i], y: this.codes[2 * i + 1] };
  }

  // The point whose coordinates are the medians of those of some codes.
  /** @param {ArrayLike<number>} indices of at least one code */
  median(indices) {
    const [x, y] = [0, 1].map((axis) => {
      const values = Float32Array.from(indices, (i) => this.codes[2 * i + axis]).sort();
      return values[values.length >> 1];
    });
    return { x, y };
  }

  /** @param {number} i @param {{ x: number, y: number }} place */
  distance(i, { x, y }) {
    return Math.hypot(this.codes[2 * i] - x, this.codes[2 * i + 1] - y);
  }
}

/** @param {Float32Array} codes */
function finiteIndices(codes) {
  const kept = new Uint32Array(codes.length / 2);
  let n = 0;
  for (let i = 0; i < kept.length; i++) {
    if (Number.isFinite(codes[2 * i]) && Number.isFinite(codes[2 * i + 1])) kept[n++] = i;
  }
  return kept.slice(0, n);
}

/** @param {Float32Array} codes @param {Uint32Array} indices @returns {Bounds | null} */
function boundingBox(codes, indices) {
  if (!indices.length) return null;
  const box = { xmin: Infinity, xmax: -Infinity, ymin: Infinity, ymax: -Infinity };
  for (const i of indices) {
    const x = codes[2 * i];
    const y = codes[2 * i + 1];
    if (x < box.xmin) box.xmin = x;
    if (x > box.xmax) box.xmax = x;
    if (y < box.ymin) box.ymin = y;
    if (y > box.ymax) box.ymax = y;
  }
  return box;
}
