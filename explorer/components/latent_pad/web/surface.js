// The plane's position in latent space: maps points (x, y) of the plane to codes and back.

/** @import { Surface as Described } from "./wire.d.ts" */

/** @typedef {{ x: number, y: number, code: readonly number[] }} Place in the plane and in the latent space */

/** @type {Described} */
const FLAT = { center: [0, 0], axes: [[1, 0], [0, 1]] };

export class Surface {
  /** @param {Described | null} [description] by default, the plane of a two-dimensional latent space */
  constructor(description) {
    const { center, axes } = description ?? FLAT;
    this.center = center;
    this.axes = axes;
  }

  /** @param {number} x @param {number} y */
  code(x, y) {
    const [first, second] = this.axes;
    return this.center.map((origin, i) => origin + x * first[i] + y * second[i]);
  }

  /** @param {readonly number[]} code @returns {Place} */
  place(code) {
    const along = (/** @type {number[]} */ axis) => axis.reduce((sum, step, i) => sum + step * (code[i] - this.center[i]), 0);
    return { x: along(this.axes[0]), y: along(this.axes[1]), code };
  }
}
