// The decoded manifold: an image for every cell of a grid over the plane. The grid is as fine as the
// zoom lets one see, and cells are decoded in small slices of time, so that nothing ever waits.

import { Sheet, copied } from "./picture.js";

const SMALLEST_TILE = 34; // pixels of a cell's side, at least, and less than twice as many
const MOST_TILES = 1500; // tiles kept; beyond, those seen longest ago go

export class Tiles {
  // decoder: a source of pictures (see picture.js); surface: where a place lies in latent space.
  constructor(decoder, surface) {
    Object.assign(this, { decoder, surface });
    this.sheet = new Sheet();
    this.tiles = new Map(); // "side column row" → canvas, or null where nothing can be decoded
    this.wanted = []; // cells seen but not decoded yet
  }

  // Note which cells of the view are not decoded yet.
  look(view) {
    this.wanted = this.cells(view).filter(({ key }) => !this.tiles.has(key));
    // From the middle outwards, as one looks.
    const off = ({ x, y }) => Math.hypot(x - view.x, y - view.y);
    this.wanted.sort((a, b) => off(b) - off(a));
  }

  cells(view) {
    const side = 2 ** Math.ceil(Math.log2(SMALLEST_TILE / view.scale)); // in latent units
    const { xmin, xmax, ymin, ymax } = view.bounds();
    const cells = [];
    for (let row = Math.floor(ymin / side); row * side < ymax; row++) {
      for (let column = Math.floor(xmin / side); column * side < xmax; column++) {
        const [x, y] = [(column + 0.5) * side, (row + 0.5) * side];
        cells.push({ key: `${side} ${column} ${row}`, x, y, side });
      }
    }
    return cells;
  }

  draw(context, view) {
    context.imageSmoothingEnabled = false;
    for (const { key, x, y, side } of this.cells(view)) {
      const tile = this.tiles.get(key);
      if (tile) drawTile(context, tile, view, x - side / 2, y + side / 2, side * view.scale);
    }
  }

  // Decode wanted cells for so many milliseconds; whether there was anything to do.
  work(budget) {
    if (!this.wanted.length) return false;
    const end = performance.now() + budget;
    while (this.wanted.length && performance.now() < end) {
      const { key, x, y } = this.wanted.pop();
      const picture = this.sheet.draw(this.decoder, { x, y, code: this.surface.code(x, y) });
      this.tiles.set(key, picture && copied(picture));
      if (this.tiles.size > MOST_TILES) this.tiles.delete(this.tiles.keys().next().value);
    }
    return true;
  }
}

// On whole pixels, or the seams between the cells shimmer.
function drawTile(context, tile, view, x, y, size) {
  const [left, top] = [Math.round(view.screenX(x)), Math.round(view.screenY(y))];
  const [right, bottom] = [Math.round(view.screenX(x) + size), Math.round(view.screenY(y) + size)];
  context.drawImage(tile, left, top, right - left, bottom - top);
}
