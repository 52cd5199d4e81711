// A preview for decoders that cannot run in the browser: interpolates a grid of decoded images.

/** @import { Bounds, View } from "./view.js" */
/** @import { Box, Images } from "./wire.d.ts" */

const COARSEST = 28; // largest side of a cell on the screen, in pixels
const VIEW_MARGIN = 0.15; // on each side, as a fraction of the view's size

export class Atlas {
  /**
   * @param {Uint8Array} pixels (side, side, C, H, W), row 0 at the top
   * @param {Omit<Images, "url">} description its box goes through the centres of the corner images
   */
  constructor(pixels, { box, shape, error }) {
    this.box = box;
    this.shape = shape;
    this.size = shape[0] * shape[1] * shape[2];
    this.side = Math.sqrt(pixels.length / this.size);
    if (!Number.isInteger(this.side)) throw new Error("the atlas arrived incomplete");
    this.pixels = pixels;
    const off = error < 1 ? "under 1" : Math.ceil(error);
    this.remark = `preview, off by ${off} of 255 (RMS)`;
    this.scale = 1;
    this.blend = new Float32Array(this.size);
  }

  // For a sheet (see picture.js): interpolated bilinearly between images; null outside the grid.
  /** @param {{ x: number, y: number }} place */
  values({ x, y }) {
    const [xmin, xmax, ymin, ymax] = this.box;
    const last = this.side - 1;
    const column = ((x - xmin) / (xmax - xmin)) * last;
    const row = ((ymax - y) / (ymax - ymin)) * last;
    if (!(column >= 0 && row >= 0 && column <= last && row <= last)) return null;
    const [c, r] = [Math.min(last - 1, Math.floor(column)), Math.min(last - 1, Math.floor(row))];
    const [s, t] = [column - c, row - r];
    this.blend.fill(0);
    this.add(r, c, (1 - s) * (1 - t));
    this.add(r, c + 1, s * (1 - t));
    this.add(r + 1, c, (1 - s) * t);
    this.add(r + 1, c + 1, s * t);
    return this.blend;
  }

  // Whether the view needs an atlas other than this one, which was requested with the box `last`
  // (null: the whole plane).
  /** @param {View} view @param {Box | null} last */
  wants(view, last) {
    if (view.atHome) return last !== null;
    const [xmin, xmax] = this.box;
    const cell = ((xmax - xmin) / (this.side - 1)) * view.scale;
    return cell > COARSEST || !this.covers(view.bounds());
  }

  /** @param {Bounds} bounds */
  covers({ xmin, xmax, ymin, ymax }) {
    const [left, right, bottom, top] = this.box;
    return xmin >= left && xmax <= right && ymin >= bottom && ymax <= top;
  }

  // The box to request: the visible part plus a margin for panning; null for the whole plane.
  /** @param {View} view @returns {Box | null} */
  wanted(view) {
    if (view.atHome) return null;
    const { xmin, xmax, ymin, ymax } = view.bounds();
    const [across, up] = [VIEW_MARGIN * (xmax - xmin), VIEW_MARGIN * (ymax - ymin)];
    return [xmin - across, xmax + across, ymin - up, ymax + up];
  }

  /** @param {number} row @param {number} column @param {number} weight */
  add(row, column, weight) {
    const start = (row * this.side + column) * this.size;
    for (let p = 0; p < this.size; p++) this.blend[p] += weight * this.pixels[start + p];
  }
}
