// Numbers (C, H, W) as a small canvas, one pixel each.

import { contextOf } from "../../web/dom.js";

/** @import { Place } from "./surface.js" */
/** @import { View } from "./view.js" */
/** @import { Box, Shape } from "./wire.d.ts" */

/**
 * What has the pictures of places: a decoder or an atlas, of which there is one for all who look.
 * @typedef {object} Pictures
 * @property {Shape} shape
 * @property {number} scale values count up to 255 / scale
 * @property {(place: Place) => ArrayLike<number> | null} values (C, H, W), good until the next call;
 *   null where there is no picture
 * @property {string} remark how exact they are
 * @property {(code: readonly number[], axes: [number[], number[]]) => [Float32Array, Float32Array]} [tangents]
 *   how the values change per unit along two axes
 * @property {(view: View, last: Box | null) => boolean} [wants] whether a view asks for others, beyond those asked for last
 * @property {(view: View) => Box | null} [wanted] of which part of the plane, null for the whole
 */

export class Picture {
  /** @param {Shape} shape */
  constructor([channels, height, width]) {
    this.channels = channels;
    this.pixels = width * height;
    this.image = new ImageData(width, height);
    this.canvas = document.createElement("canvas");
    Object.assign(this.canvas, { width, height });
    // Written and shown many times a second: kept where the processor is.
    this.context = contextOf(this.canvas, { willReadFrequently: true });
  }

  // The array clamps and rounds what is written to it.
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

// A canvas of one's own for the pictures of places, whatever has them.
export class Sheet {
  shape = "";
  /** @type {Picture | null} */
  picture = null;

  // The picture of a place, good until the next; or null.
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

// Draw one canvas on another, which takes its size; says whether that was another size.
/** @param {HTMLCanvasElement} target @param {HTMLCanvasElement} source */
export function copyOnto(target, source) {
  const { width, height } = source;
  const resized = target.width !== width || target.height !== height;
  if (resized) Object.assign(target, { width, height });
  contextOf(target).drawImage(source, 0, 0);
  return resized;
}

// Grey levels (C, H, W) as base64, as a canvas of their own.
/** @param {string} base64 @param {Shape} shape */
export function drawn(base64, shape) {
  const levels = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Picture(shape).show(levels, 1);
}
