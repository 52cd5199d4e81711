// A value for each code, and the colours of these values.

import { brief } from "./axes.js";
import { onScale } from "./colours.js";

/** @import { Colour } from "./colours.js" */
/** @import { Shades as Described } from "./wire.d.ts" */

const STEPS = 255; // as many as fit into a byte together with "no value"
/** @type {readonly Colour[]} */
const SCALE = Array.from({ length: STEPS }, (_, k) => onScale(k / (STEPS - 1)));

/** @typedef {{ kinds: Uint8Array, colours: readonly Colour[] }} Inks the colour index of each code, and the colours */

export class Shades {
  /**
   * @param {Float32Array} values one per code, NaN for codes without a value
   * @param {Omit<Described, "url">} description with `span`, the values at the ends of the colour scale
   */
  constructor(values, { title, span }) {
    this.values = values;
    this.title = title;
    const [low, high] = span;
    this.low = low;
    this.high = high;
    this.below = values.some((value) => value < low); // such values are clamped
    this.above = values.some((value) => value > high);
    const perStep = (STEPS - 1) / (high - low || 1);
    this.kinds = Uint8Array.from(values, (value) => {
      if (Number.isNaN(value)) return 0;
      return 1 + Math.round(Math.min(STEPS - 1, Math.max(0, (value - low) * perStep)));
    });
  }

  /** @param {Colour} none the colour of codes without a value @returns {Inks} */
  inks(none) {
    return { kinds: this.kinds, colours: [none, ...SCALE] };
  }

  // The value of a code as text.
  /** @param {number} i */
  describe(i) {
    return brief(this.values[i]);
  }
}
