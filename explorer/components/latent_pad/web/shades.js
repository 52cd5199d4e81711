// A number for each code, and the colours of the numbers.

import { brief } from "./axes.js";
import { onScale } from "./colours.js";

/** @import { Colour } from "./colours.js" */
/** @import { Shades as Described } from "./wire.d.ts" */

const STEPS = 255; // that fit a byte beside "no number"
/** @type {readonly Colour[]} */
const SCALE = Array.from({ length: STEPS }, (_, k) => onScale(k / (STEPS - 1)));

/** @typedef {{ kinds: Uint8Array, colours: readonly Colour[] }} Inks the index of each code's colour, and the colours */

export class Shades {
  /**
   * @param {Float32Array} values one for each code; NaN where there is none
   * @param {Omit<Described, "url">} description whose span is the numbers at the ends of the scale
   */
  constructor(values, { title, span }) {
    this.values = values;
    this.title = title;
    const [low, high] = span;
    this.low = low;
    this.high = high;
    this.below = values.some((value) => value < low); // some have the colour of the end
    this.above = values.some((value) => value > high);
    const perStep = (STEPS - 1) / (high - low || 1);
    this.kinds = Uint8Array.from(values, (value) => {
      if (Number.isNaN(value)) return 0;
      return 1 + Math.round(Math.min(STEPS - 1, Math.max(0, (value - low) * perStep)));
    });
  }

  /** @param {Colour} none the colour of codes that have no number @returns {Inks} */
  inks(none) {
    return { kinds: this.kinds, colours: [none, ...SCALE] };
  }

  // The number of a code in words.
  /** @param {number} i */
  tell(i) {
    return brief(this.values[i]);
  }
}
