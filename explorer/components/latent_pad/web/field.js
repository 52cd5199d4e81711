// A scalar or categorical field over the plane, and its colours.

import { brief } from "./axes.js";
import { fromHex, onPaper, onScale } from "./colours.js";

/** @import { Colour } from "./colours.js" */
/** @import { Field as Described, LayerName } from "./wire.d.ts" */

export class Field {
  /**
   * @param {Float32Array} values (rows, columns), row 0 at the top
   * @param {Omit<Described, "url">} description with `box`, the outer edges of the outer cells; `span`,
   *   the values at the ends of the colour scale, by default the smallest and largest; and `kinds`,
   *   the name of each category and its colours on light and dark paper, if the values are their indices
   */
  constructor(values, { title, rows, columns, box, span, kinds, help, told }) {
    if (values.length !== rows * columns) throw new Error("the field arrived incomplete");
    this.values = values;
    this.title = title;
    this.help = help;
    this.told = told;
    this.rows = rows;
    this.columns = columns;
    this.box = box;
    this.kinds = kinds;
    const [low, high] = span ?? range(values);
    this.low = low;
    this.high = high;
  }

  // Whether its value at a point is told in words while these layers are shown.
  /** @param {ReadonlySet<LayerName>} layers */
  isTold(layers) {
    return this.told || layers.has("field");
  }

  // The value of the cell at a point, or NaN.
  /** @param {number} x @param {number} y */
  at(x, y) {
    const [xmin, xmax, ymin, ymax] = this.box;
    const column = Math.floor(((x - xmin) / (xmax - xmin)) * this.columns);
    const row = Math.floor(((ymax - y) / (ymax - ymin)) * this.rows);
    const inside = column >= 0 && row >= 0 && column < this.columns && row < this.rows;
    return inside ? this.values[row * this.columns + column] : NaN;
  }

  // The value at a point, interpolated bilinearly between cell centres; the field must have no NaN.
  /** @param {number} x @param {number} y */
  interpolated(x, y) {
    const { box: [xmin, xmax, ymin, ymax], rows, columns } = this;
    const across = ((x - xmin) / (xmax - xmin)) * columns - 0.5; // in cells, from the first one's centre
    const down = ((ymax - y) / (ymax - ymin)) * rows - 0.5;
    if (!(across >= -0.5 && down >= -0.5 && across <= columns - 0.5 && down <= rows - 0.5)) return NaN;
    const [left, top] = [within(Math.floor(across), columns), within(Math.floor(down), rows)];
    const [right, bottom] = [within(left + 1, columns), within(top + 1, rows)];
    const [u, v] = [within(across - left, 2), within(down - top, 2)];
    const row = (/** @type {number} */ k) => (1 - u) * this.values[k * columns + left] + u * this.values[k * columns + right];
    return (1 - v) * row(top) + v * row(bottom);
  }

  // The value at a point as text.
  /** @param {number} x @param {number} y */
  describe(x, y) {
    const value = this.at(x, y);
    return this.kinds.length ? (this.kinds[value]?.[0] ?? "–") : brief(value);
  }

  // The colours of values; null for NaN and unknown categories.
  /** @param {{ isDark: boolean }} theme @returns {(value: number) => Colour | null} */
  colours(theme) {
    const kinds = this.kinds.map(([, ...pair]) => fromHex(onPaper(pair, theme)));
    if (kinds.length) return (value) => kinds[value] ?? null;
    return (value) => (Number.isNaN(value) ? null : onScale((value - this.low) / (this.high - this.low || 1)));
  }
}

// Clamp a value to 0 … count - 1.
/** @param {number} value @param {number} count */
function within(value, count) {
  return Math.min(count - 1, Math.max(0, value));
}

/** @param {Float32Array} values */
function range(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}
