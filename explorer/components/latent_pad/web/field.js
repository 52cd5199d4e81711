// A number for each place of the plane, and its colour.

import { brief } from "./axes.js";
import { fromHex, onScale } from "./colours.js";

export class Field {
  // values: Float32Array (rows, columns), row 0 at the top; box: the outer edges of the outer cells;
  // span: the values at the ends of the scale, if not their own; kinds: [name, colour] for each
  // value, if values are no quantity but say which of them.
  constructor(values, { title, rows, columns, box, span = null, kinds = [] }) {
    if (values.length !== rows * columns) throw new Error("the field arrived incomplete");
    Object.assign(this, { values, title, rows, columns, box, kinds });
    this.colours = kinds.map(([, colour]) => fromHex(colour));
    [this.low, this.high] = span ?? range(values);
  }

  // The number at a place, or NaN.
  at(x, y) {
    const [xmin, xmax, ymin, ymax] = this.box;
    const column = Math.floor(((x - xmin) / (xmax - xmin)) * this.columns);
    const row = Math.floor(((ymax - y) / (ymax - ymin)) * this.rows);
    const inside = column >= 0 && row >= 0 && column < this.columns && row < this.rows;
    return inside ? this.values[row * this.columns + column] : NaN;
  }

  // The value at a place in words.
  tell(x, y) {
    const value = this.at(x, y);
    return this.kinds.length ? (this.kinds[value]?.[0] ?? "–") : brief(value);
  }

  // The colour of a value, or null if it has none.
  colour(value) {
    if (Number.isNaN(value)) return null;
    if (this.kinds.length) return this.colours[value] ?? null;
    return onScale((value - this.low) / (this.high - this.low || 1));
  }
}

function range(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}
