// The position on a plane that the visitor points at, and the code nearest to it.

import { brief } from "./axes.js";

/** @import { Plane } from "./plane.js" */
/** @import { Place } from "./surface.js" */

export class Gaze {
  /** @type {Place | null} null if the visitor points elsewhere */
  place = null;
  nearest = -1; // index of a code, or -1

  /** @param {Plane} plane */
  constructor(plane) {
    this.plane = plane;
  }

  /** @param {Place} place @param {ReadonlySet<number>} hidden */
  at(place, hidden) {
    this.place = place;
    this.nearest = this.plane.derived.nearest.find(place.x, place.y, hidden);
  }

  /** @param {number} i index of a code; with -1 or a code that is not finite, the gaze is cleared */
  atCode(i) {
    const { x, y } = this.plane.points.at(i);
    if (!Number.isFinite(x + y)) return this.away();
    this.place = this.plane.place(x, y);
    this.nearest = i;
  }

  // Update the gaze after the plane has changed.
  /** @param {ReadonlySet<number>} hidden */
  follow(hidden) {
    if (this.place) this.at(this.plane.place(this.place.x, this.place.y), hidden);
  }

  away() {
    this.place = null;
    this.nearest = -1;
  }

  /** @param {readonly string[]} classes @param {string} separator between coordinates and nearest code */
  inWords(classes, separator) {
    const { place, nearest, plane } = this;
    if (!place) return "";
    const { points } = plane;
    const name = classes[points.labels[nearest]];
    const near = nearest < 0 ? "no code" : `nearest code ${name}, ${brief(points.distance(nearest, place))} away`;
    return `${plane.coordinates(place)}${separator}${near}`;
  }
}
