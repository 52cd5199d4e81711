// Draws codes into raw pixels: as discs, or as single pixels if there are very many.

/** @import { Colour } from "./colours.js" */
/** @import { PointSet } from "./points.js" */

/**
 * @typedef {object} Image
 * @property {{ data: Uint8ClampedArray, width: number, height: number }} pixels
 * @property {number} margin around the visible part, as wide as a stamp, so that none needs clipping
 */

/**
 * @typedef {object} Look
 * @property {{ scale: number, left: number, top: number }} transform pixels per unit, and the position of the origin
 * @property {Uint8Array} kinds the colour index of each code
 * @property {readonly Colour[]} colours
 * @property {(label: number) => boolean} chosen whether a class is to be drawn
 * @property {number} opacity
 */

/** @typedef {{ half: number, size: number, masks: Uint8Array[] }} Stamp */

const PHASES = 4; // subpixel positions per axis, without which a fine cloud looks like a grid

// The coverage (0–255) of a disc, for each subpixel position of its centre.
/** @param {number} radius in pixels @returns {Stamp} */
export function makeStamp(radius) {
  const half = Math.ceil(radius + 0.5);
  const size = 2 * half + 1;
  const masks = [];
  for (let phase = 0; phase < PHASES * PHASES; phase++) {
    const cx = half + ((phase % PHASES) + 0.5) / PHASES;
    const cy = half + (Math.floor(phase / PHASES) + 0.5) / PHASES;
    masks.push(
      Uint8Array.from({ length: size * size }, (_, k) => {
        const distance = Math.hypot((k % size) + 0.5 - cx, Math.floor(k / size) + 0.5 - cy);
        return 255 * Math.min(1, Math.max(0, radius + 0.5 - distance));
      }),
    );
  }
  return { half, size, masks };
}

// One pixel per point, the last one on top. RGBA is packed into words that are little-endian, as in
// all browsers.
/** @param {Image} image @param {PointSet} points @param {Look} look */
export function dotAll({ pixels, margin }, { codes, labels, finite }, { transform, kinds, colours, chosen, opacity }) {
  const words = new Uint32Array(pixels.data.buffer);
  const { width, height } = pixels;
  const alpha = Math.round(255 * opacity) << 24;
  const ink = Uint32Array.from(colours, ([r, g, b]) => alpha | (b << 16) | (g << 8) | r);
  const shown = shownLabels(chosen);
  const { scale } = transform;
  const [left, top] = [transform.left + margin, transform.top + margin];
  for (let n = 0; n < finite.length; n++) {
    const i = finite[n];
    const px = left + codes[2 * i] * scale;
    const py = top - codes[2 * i + 1] * scale;
    if (shown[labels[i]] && px >= 0 && py >= 0 && px < width && py < height) {
      words[(py | 0) * width + (px | 0)] = ink[kinds[i]];
    }
  }
}

/** @param {Image} image @param {PointSet} points @param {Look} look @param {Stamp} stamp */
export function stampAll({ pixels, margin }, { codes, labels, finite }, look, { half, size, masks }) {
  const { data, width, height } = pixels;
  const { transform, kinds, colours, chosen, opacity } = look;
  const shown = shownLabels(chosen);
  const strength = Math.round(opacity * 256);
  const [left, top] = [transform.left + margin, transform.top + margin];
  const [right, bottom] = [width - size, height - size];
  for (let n = 0; n < finite.length; n++) {
    const i = finite[n];
    if (!shown[labels[i]]) continue;
    const px = left + codes[2 * i] * transform.scale;
    const py = top - codes[2 * i + 1] * transform.scale;
    if (!(px > half && py > half && px < right + half && py < bottom + half)) continue;
    const column = Math.floor(px);
    const row = Math.floor(py);
    const mask = masks[Math.floor((py - row) * PHASES) * PHASES + Math.floor((px - column) * PHASES)];
    blend(data, (row - half) * width + column - half, width, mask, size, colours[kinds[i]], strength);
  }
}

// Whether each label is drawn, as an array, because a lookup is faster than a call.
/** @param {(label: number) => boolean} chosen */
function shownLabels(chosen) {
  return Uint8Array.from({ length: 256 }, (_, label) => (chosen(label) ? 1 : 0));
}

// The usual "over" operator, except that colours of translucent pixels are mixed as if they were
// opaque: this saves a division per pixel and is visible only on the rims of overlapping discs.
/**
 * @param {Uint8ClampedArray} data
 * @param {number} corner index of the pixel under the mask's first pixel
 * @param {number} width of the image
 * @param {Uint8Array} mask
 * @param {number} size of the mask
 * @param {Colour} colour
 * @param {number} strength opacity, 0 … 256
 */
function blend(data, corner, width, mask, size, colour, strength) {
  const red = colour[0]; // no destructuring, as this runs for every point of every frame
  const green = colour[1];
  const blue = colour[2];
  let k = 0;
  for (let row = 0; row < size; row++) {
    let p = 4 * (corner + row * width);
    for (let column = 0; column < size; column++, p += 4, k++) {
      const alpha = (mask[k] * strength) >> 8;
      if (alpha === 0) continue;
      const below = data[p + 3];
      if (below === 0) {
        data[p] = red;
        data[p + 1] = green;
        data[p + 2] = blue;
        data[p + 3] = alpha;
      } else {
        data[p] += ((red - data[p]) * alpha) >> 8;
        data[p + 1] += ((green - data[p + 1]) * alpha) >> 8;
        data[p + 2] += ((blue - data[p + 2]) * alpha) >> 8;
        data[p + 3] = below + (((255 - below) * alpha) >> 8);
      }
    }
  }
}
