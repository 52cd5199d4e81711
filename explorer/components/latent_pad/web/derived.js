// Quantities derived from codes, computed on first use and then kept.

import { classContours } from "./contours.js";
import { Density } from "./density.js";
import { classMiddles } from "./middles.js";
import { NearestIndex } from "./nearest.js";

/** @import { Contour } from "./contours.js" */
/** @import { Middle } from "./middles.js" */
/** @import { PointSet } from "./points.js" */

export class Derived {
  /** @type {NearestIndex | undefined} */
  #nearest;
  /** @type {Density | undefined} */
  #density;
  /** @type {Contour[][] | undefined} */
  #contours;

  /** @type {Middle[] | undefined} */
  #middles;

  /** @param {PointSet} points */
  constructor(points) {
    this.points = points;
  }

  get nearest() {
    this.#nearest ??= new NearestIndex(this.points);
    return this.#nearest;
  }

  get density() {
    this.#density ??= new Density(this.points);
    return this.#density;
  }

  /** @param {number} classes their number; it must be the same in every call */
  middles(classes) {
    this.#middles ??= classMiddles(this.points, classes);
    return this.#middles;
  }

  /** @param {number} classes their number; it must be the same in every call */
  contours(classes) {
    this.#contours ??= classContours(this.points, classes);
    return this.#contours;
  }
}
