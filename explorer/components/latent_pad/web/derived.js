// What is worked out from codes: once, and only if somebody asks.

import { classContours } from "./contours.js";
import { Density } from "./density.js";
import { NearestIndex } from "./nearest.js";

/** @import { Contour } from "./contours.js" */
/** @import { PointSet } from "./points.js" */

export class Derived {
  /** @type {NearestIndex | undefined} */
  #nearest;
  /** @type {Density | undefined} */
  #density;
  /** @type {Contour[][] | undefined} */
  #contours;

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

  /** @param {number} classes how many there are, which does not change */
  contours(classes) {
    this.#contours ??= classContours(this.points, classes);
    return this.#contours;
  }
}
