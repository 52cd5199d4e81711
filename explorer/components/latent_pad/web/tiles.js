// The decoded manifold: an image for every cell of a grid over the plane. The grid becomes finer as
// one zooms in, and cells are decoded in short time slices so that the page stays responsive.

import { Sheet, copied } from "./picture.js";

/** @import { Pictures } from "./picture.js" */
/** @import { Surface } from "./surface.js" */
/** @import { View } from "./view.js" */

const SMALLEST_TILE = 34; // minimum side of a cell in pixels; the maximum is less than twice that
const BUDGET = 8; // ms of decoding at a time; half a frame at 60 Hz
const MOST_TILES = 1500; // tiles kept; if there are more, the oldest are dropped

/** @typedef {{ key: string, x: number, y: number, side: number }} Cell its centre and side, in latent units */

export class Tiles {
  sheet = new Sheet();
  /** @type {Map<string, HTMLCanvasElement | null>} */
  tiles = new Map(); // by key; null where nothing can be decoded
  /** @type {Cell[]} */
  wanted = []; // visible cells that are not decoded yet

  /** @param {Pictures} pictures @param {Surface} surface the plane's position in latent space */
  constructor(pictures, surface) {
    this.pictures = pictures;
    this.surface = surface;
  }

  // Collect the cells of the view that are not decoded yet.
  /** @param {View} view */
  look(view) {
    this.wanted = this.cells(view).filter(({ key }) => !this.tiles.has(key));
    // Cells are taken from the end, so the central ones are decoded first.
    const off = (/** @type {Cell} */ { x, y }) => Math.hypot(x - view.x, y - view.y);
    this.wanted.sort((a, b) => off(b) - off(a));
  }

  /** @param {View} view */
  cells(view) {
    const side = 2 ** Math.ceil(Math.log2(SMALLEST_TILE / view.scale)); // in latent units
    const { xmin, xmax, ymin, ymax } = view.bounds();
    /** @type {Cell[]} */
    const cells = [];
    for (let row = Math.floor(ymin / side); row * side < ymax; row++) {
      for (let column = Math.floor(xmin / side); column * side < xmax; column++) {
        const [x, y] = [(column + 0.5) * side, (row + 0.5) * side];
        cells.push({ key: `${side} ${column} ${row}`, x, y, side });
      }
    }
    return cells;
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view */
  draw(context, view) {
    context.imageSmoothingEnabled = false;
    for (const { key, x, y, side } of this.cells(view)) {
      const tile = this.tiles.get(key);
      if (tile) drawTile(context, tile, view, x - side / 2, y + side / 2, side * view.scale);
    }
  }

  // Decode wanted cells for `budget` ms; returns whether there were any.
  work(budget = BUDGET) {
    if (!this.wanted.length) return false;
    const end = performance.now() + budget;
    while (performance.now() < end) {
      const cell = this.wanted.pop();
      if (!cell) break;
      this.decode(cell);
    }
    return true;
  }

  /** @param {Cell} cell */
  decode({ key, x, y }) {
    const picture = this.sheet.draw(this.pictures, { x, y, code: this.surface.code(x, y) });
    this.tiles.set(key, picture && copied(picture));
    const [oldest] = this.tiles.keys();
    if (this.tiles.size > MOST_TILES) this.tiles.delete(oldest);
  }
}

// Aligned to whole pixels, as otherwise the seams between cells would shimmer.
/**
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLCanvasElement} tile
 * @param {View} view
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
function drawTile(context, tile, view, x, y, size) {
  const [left, top] = [Math.round(view.screenX(x)), Math.round(view.screenY(y))];
  const [right, bottom] = [Math.round(view.screenX(x) + size), Math.round(view.screenY(y) + size)];
  context.drawImage(tile, left, top, right - left, bottom - top);
}
