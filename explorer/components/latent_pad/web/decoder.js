// A fully connected decoder that runs in the browser and matches the one in Python.

import { DIGEST_BYTES, halves } from "./packing.js";

/** @import { Place } from "./surface.js" */
/** @import { Decoder } from "./wire.d.ts" */

const NEARLY_EVEN = 0.01; // logits below which the continuous Bernoulli's mean is nearly linear

/** @typedef {(x: number) => number} Curve */
/** @typedef {readonly [Curve, Curve]} Bend a function and its derivative */

/** @type {Curve} */
const logistic = (x) => 1 / (1 + Math.exp(-x));

/** @type {Record<Decoder["activation"], Bend>} */
const ACTIVATIONS = {
  relu: [(x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)],
  silu: [(x) => x / (1 + Math.exp(-x)), (x) => logistic(x) * (1 + x * logistic(-x))],
  tanh: [Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
};

/** @type {Record<Decoder["link"], Bend>} */
const LINKS = {
  identity: [(x) => x, () => 1],
  sigmoid: [logistic, (x) => logistic(x) * logistic(-x)],
  "continuous-bernoulli": [
    (x) => (Math.abs(x) < NEARLY_EVEN ? 0.5 + x / 12 : 1 / (1 - Math.exp(-x)) - 1 / x),
    (x) => (Math.abs(x) < NEARLY_EVEN ? 1 / 12 : 1 / x ** 2 - 1 / (2 * Math.sinh(x / 2)) ** 2),
  ],
};

export class DenseDecoder {
  remark = "exact";
  scale = 255;
  /** @type {{ weights: Float32Array, biases: Float32Array, values: Float32Array }[]} */
  layers = [];

  // The buffer contains a digest, then weights (out, in) and biases (out,) of each layer.
  /** @param {ArrayBuffer} buffer @param {Omit<Decoder, "url">} description */
  constructor(buffer, { bits, inputs, widths, activation, link, shape }) {
    this.activate = ACTIVATIONS[activation];
    this.link = LINKS[link];
    this.shape = shape;
    let offset = DIGEST_BYTES;
    for (const outputs of widths) {
      const [weights, biases] = [outputs * inputs, outputs].map((length) => {
        const start = offset;
        offset += (bits / 8) * length;
        return bits === 16 ? halves(buffer, start, length) : new Float32Array(buffer, start, length);
      });
      this.layers.push({ weights, biases, values: new Float32Array(outputs) });
      inputs = outputs;
    }
    if (offset !== buffer.byteLength) throw new Error("the decoder arrived incomplete");
  }

  // The pixel means of a code, (C, H, W) in [0, 1]; valid until the next call.
  /** @param {ArrayLike<number>} code */
  means(code) {
    /** @type {ArrayLike<number>} */
    let inputs = code;
    const last = this.layers.length - 1;
    this.layers.forEach(({ weights, biases, values }, k) => {
      const [bend] = k === last ? this.link : this.activate;
      const size = inputs.length;
      for (let o = 0, w = 0; o < values.length; o++) {
        let sum = biases[o];
        for (let i = 0; i < size; i++) sum += weights[w++] * inputs[i];
        values[o] = bend(sum);
      }
      inputs = values;
    });
    return inputs;
  }

  // Directional derivatives of the means along two axes, (d,) each: two arrays (C, H, W).
  /**
   * @param {ArrayLike<number>} code
   * @param {[ArrayLike<number>, ArrayLike<number>]} axes
   * @returns {[Float32Array, Float32Array]}
   */
  tangents(code, axes) {
    let inputs = code;
    let [first, second] = axes;
    const last = this.layers.length - 1;
    this.layers.forEach(({ weights, biases }, k) => {
      const [bend, slope] = k === last ? this.link : this.activate;
      const [size, outputs] = [inputs.length, biases.length];
      const [values, along, across] = [0, 1, 2].map(() => new Float32Array(outputs));
      for (let o = 0, w = 0; o < outputs; o++) {
        let [sum, a, b] = [biases[o], 0, 0];
        for (let i = 0; i < size; i++, w++) {
          sum += weights[w] * inputs[i];
          a += weights[w] * first[i];
          b += weights[w] * second[i];
        }
        const steepness = slope(sum);
        [values[o], along[o], across[o]] = [bend(sum), steepness * a, steepness * b];
      }
      [inputs, first, second] = [values, along, across];
    });
    return [Float32Array.from(first), Float32Array.from(second)];
  }

  // For a sheet (see picture.js).
  /** @param {Place} place */
  values({ code }) {
    return this.means(code);
  }
}
