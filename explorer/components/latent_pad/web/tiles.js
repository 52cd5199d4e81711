// The decoded manifold: an image for every cell of a grid over the plane. The grid is as fine as the
// zoom lets one see, and cells are decoded in small slices of time, so that nothing ever waits.

import { Sheet, copied } from "./picture.js";

/** @import { Pictures } from "./picture.js" */
/** @import { Surface } from "./surface.js" */
/** @import { View } from "./view.js" */

const SMALLEST_TILE = 34; // pixels of a cell's side, at least, and less than twice as many
const BUDGET = 8; // ms of decoding at a time; half a frame at 60 Hz
const MOST_TILES = 1500; // tiles kept; beyond, those decoded longest ago go

/** @typedef {{ key: string, x: number, y: number, side: number }} Cell its middle, in latent units */

export class Tiles {
  sheet = new Sheet();
  /** @type {Map<string, HTMLCanvasElement | null>} */
  tiles = new Map(); // by key; null where nothing can be decoded
  /** @type {Cell[]} */
  wanted = []; // cells seen but not decoded yet

  /** @param {Pictures} pictures @param {Surface} surface where a place lies in the latent space */
  constructor(pictures, surface) {
    this.pictures = pictures;
    this.surface = surface;
  }

  // Note which cells of the view are not decoded yet.
  /** @param {View} view */
  look(view) {
    this.wanted = this.cells(view).filter(({ key }) => !this.tiles.has(key));
    // From the middle outwards, as one looks.
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

  // Decode wanted cells for so many milliseconds; whether there was anything to do.
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

// On whole pixels, or the seams between the cells shimmer.
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
