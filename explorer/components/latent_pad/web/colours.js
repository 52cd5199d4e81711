// Colours as RGB values.

/** @typedef {readonly number[]} Colour red, green and blue, 0 to 255 */

/** @import { Pair } from "./wire.d.ts" */

// Viridis at even steps (Smith & van der Walt 2015): brightness grows with the value, and
// colour-blind people can tell the colours apart.
/** @type {readonly Colour[]} */
export const STOPS = [
  [68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141],
  [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37],
];

// The colour at a fraction of the scale, which is clamped to 0 … 1.
/** @param {number} share @returns {Colour} */
export function onScale(share) {
  const position = Math.min(1, Math.max(0, share)) * (STOPS.length - 1);
  const k = Math.min(STOPS.length - 2, Math.floor(position));
  return STOPS[k].map((value, c) => value + (position - k) * (STOPS[k + 1][c] - value));
}

// #rrggbb, as Python writes colours.
/** @param {string} colour @returns {Colour} */
export function fromHex(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

// The one of a pair that is for the paper.
/** @param {Pair} pair @param {{ isDark: boolean }} theme */
export function onPaper([light, dark], { isDark }) {
  return isDark ? dark : light;
}

// Relative luminance, 0 black to 1 white (WCAG 2).
/** @param {Colour} colour */
export function luminance(colour) {
  const linear = (/** @type {number} */ v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const [r, g, b] = colour.map((value) => linear(value / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
