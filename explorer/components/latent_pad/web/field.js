// A number for each place of the plane, in colours, with a bar that says which is which.

import { brief, formatNumber } from "./axes.js";
import { parseColour } from "./theme.js";

// Viridis at even steps (Smith & van der Walt 2015): as bright as the number is large, and told
// apart by the colour blind.
const STOPS = [
  [68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141],
  [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37],
];
const BAR = { width: 120, height: 8, right: 12, top: 22 };
const LINE = 15; // pixels, of a list of kinds
const SHADE = 0.75; // codes above must stay visible
const MOST_LISTED = 3; // kinds; more have their colours from the legend of classes

export class Field {
  // values: Float32Array (rows, columns), row 0 at the top; box: the outer edges of the outer cells;
  // span: the values at the ends of the scale, if not their own; kinds: [name, colour] for each
  // value, if values are no quantity but say which of them.
  constructor(values, { title, rows, columns, box, span = null, kinds = [] }) {
    if (values.length !== rows * columns) throw new Error("the field arrived incomplete");
    Object.assign(this, { values, title, rows, columns, box, kinds });
    this.colours = kinds.map(([, colour]) => parseColour(colour));
    [this.low, this.high] = span ?? range(values);
    this.canvas = this.painted();
  }

  // The value at a place in words.
  tell(x, y) {
    const value = this.at(x, y);
    return this.kinds.length ? (this.kinds[value]?.[0] ?? "–") : brief(value);
  }

  colour(value) {
    return this.kinds.length ? this.colours[value] : colourAt((value - this.low) / (this.high - this.low || 1));
  }

  // The number at a place, or NaN.
  at(x, y) {
    const [xmin, xmax, ymin, ymax] = this.box;
    const column = Math.floor(((x - xmin) / (xmax - xmin)) * this.columns);
    const row = Math.floor(((ymax - y) / (ymax - ymin)) * this.rows);
    const inside = column >= 0 && row >= 0 && column < this.columns && row < this.rows;
    return inside ? this.values[row * this.columns + column] : NaN;
  }

  painted() {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: this.columns, height: this.rows });
    const image = new ImageData(this.columns, this.rows);
    this.values.forEach((value, k) => {
      const colour = Number.isNaN(value) ? null : this.colour(value);
      if (colour) image.data.set([...colour, 255], 4 * k);
    });
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  }

  draw(context, { view }, { theme }) {
    const [xmin, xmax, ymin, ymax] = this.box;
    context.globalAlpha = SHADE;
    context.imageSmoothingEnabled = !this.kinds.length; // between two kinds there is no third
    const [left, top] = [view.screenX(xmin), view.screenY(ymax)];
    context.drawImage(this.canvas, left, top, (xmax - xmin) * view.scale, (ymax - ymin) * view.scale);
    context.globalAlpha = 1;
    if (this.kinds.length) this.drawKinds(context, view, theme);
    else this.drawBar(context, view, theme);
  }

  // Which colour is which kind.
  drawKinds(context, view, theme) {
    const listed = this.kinds.length <= MOST_LISTED ? this.kinds : [];
    const left = view.width - BAR.right - BAR.width;
    context.globalAlpha = 0.85;
    context.fillStyle = theme.paper;
    context.fillRect(left - 8, BAR.top - 18, BAR.width + 16, 20 + LINE * listed.length);
    context.globalAlpha = 1;
    context.font = `11px ${theme.font}`;
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    context.fillStyle = theme.ink;
    context.fillText(this.title, left, BAR.top - 5, BAR.width);
    listed.forEach(([name, colour], k) => {
      const top = BAR.top + LINE * k;
      context.fillStyle = colour;
      context.fillRect(left, top, 10, 10);
      context.fillStyle = theme.ink;
      context.fillText(name, left + 16, top + 9, BAR.width - 16);
    });
  }

  drawBar(context, view, theme) {
    context.font = `11px ${theme.font}`;
    const room = view.width - 2 * BAR.right;
    const width = Math.min(room, Math.max(BAR.width, context.measureText(this.title).width));
    const left = view.width - BAR.right - width;
    const colours = context.createLinearGradient(left, 0, left + width, 0);
    STOPS.forEach((stop, k) => colours.addColorStop(k / (STOPS.length - 1), `rgb(${stop})`));
    context.globalAlpha = 0.85;
    context.fillStyle = theme.paper;
    context.fillRect(left - 8, BAR.top - 18, width + 16, BAR.height + 36);
    context.globalAlpha = 1;
    context.fillStyle = colours;
    context.fillRect(left, BAR.top, width, BAR.height);
    context.fillStyle = theme.ink;
    context.textBaseline = "alphabetic";
    context.textAlign = "center";
    context.fillText(this.title, left + width / 2, BAR.top - 6, width);
    const step = (this.high - this.low) / 100 || 1;
    context.textAlign = "left";
    context.fillText(formatNumber(this.low, step), left, BAR.top + BAR.height + 12);
    context.textAlign = "right";
    context.fillText(formatNumber(this.high, step), left + width, BAR.top + BAR.height + 12);
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

function colourAt(share) {
  const position = Math.min(1, Math.max(0, share)) * (STOPS.length - 1);
  const k = Math.min(STOPS.length - 2, Math.floor(position));
  return STOPS[k].map((value, c) => value + (position - k) * (STOPS[k + 1][c] - value));
}
