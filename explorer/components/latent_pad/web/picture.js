// Draws pixel values (C, H, W) on a small canvas.

import { contextOf } from "../../web/dom.js";

/** @import { Place } from "./surface.js" */
/** @import { View } from "./view.js" */
/** @import { Box, Shape } from "./wire.d.ts" */

/**
 * A source of pictures for points of the plane: a decoder or an atlas, shared by all its users.
 * @typedef {object} Pictures
 * @property {Shape} shape
 * @property {number} scale factor that takes values to grey levels 0 … 255
 * @property {(place: Place) => ArrayLike<number> | null} values (C, H, W), valid until the next call;
 *   null where there is no picture
 * @property {string} remark how exact the pictures are
 * @property {(code: readonly number[], axes: [number[], number[]]) => [Float32Array, Float32Array]} [tangents]
 *   directional derivatives of the values along two axes
 * @property {(view: View, last: Box | null) => boolean} [wants] whether a view needs other pictures than those last requested
 * @property {(view: View) => Box | null} [wanted] the part of the plane to request, null for the whole
 */

export class Picture {
  /** @param {Shape} shape */
  constructor([channels, height, width]) {
    this.channels = channels;
    this.pixels = width * height;
    this.image = new ImageData(width, height);
    this.canvas = document.createElement("canvas");
    Object.assign(this.canvas, { width, height });
    // Written many times a second, so it is kept in the CPU's memory.
    this.context = contextOf(this.canvas, { willReadFrequently: true });
  }

  // The array clamps and rounds values written to it.
  /** @param {ArrayLike<number>} values @param {number} scale */
  show(values, scale) {
    const { data } = this.image;
    for (let p = 0; p < this.pixels; p++) {
      for (let c = 0; c < 3; c++) {
        const channel = this.channels === 3 ? c : 0;
        data[4 * p + c] = scale * values[channel * this.pixels + p];
      }
      data[4 * p + 3] = 255;
    }
    this.context.putImageData(this.image, 0, 0);
    return this.canvas;
  }
}

// A user's own canvas for pictures from any source.
export class Sheet {
  shape = "";
  /** @type {Picture | null} */
  picture = null;

  // The picture at a point, valid until the next call, or null.
  /** @param {Pictures} source @param {Place} place */
  draw(source, place) {
    const values = source.values(place);
    if (!values) return null;
    const shape = source.shape.join();
    if (!this.picture || shape !== this.shape) this.picture = new Picture(source.shape);
    this.shape = shape;
    return this.picture.show(values, source.scale);
  }
}

/** @param {HTMLCanvasElement} canvas */
export function copied(canvas) {
  const copy = document.createElement("canvas");
  copyOnto(copy, canvas);
  return copy;
}

// Copy a canvas to another, which takes its size; returns whether the size has changed.
/** @param {HTMLCanvasElement} target @param {HTMLCanvasElement} source */
export function copyOnto(target, source) {
  const { width, height } = source;
  const resized = target.width !== width || target.height !== height;
  if (resized) Object.assign(target, { width, height });
  contextOf(target).drawImage(source, 0, 0);
  return resized;
}

// A new canvas with the given grey levels, (C, H, W) in base64.
/** @param {string} base64 @param {Shape} shape */
export function canvasFromBase64(base64, shape) {
  const levels = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Picture(shape).show(levels, 1);
}
