// Hovering over a plane. The other planes show their code of the nearest image, or, if locked, the
// same z.

/** @import { LatentPad } from "./pad.js" */
/** @import { Plane } from "./plane.js" */
/** @import { Place } from "./surface.js" */

export class Hover {
  /** @param {LatentPad} pad */
  constructor(pad) {
    this.pad = pad;
  }

  /** @param {Plane} plane @param {Place} place */
  at(plane, place) {
    const { pad } = this;
    const { hidden, sameZ } = pad.state;
    plane.gaze.at(place, hidden);
    const { nearest } = plane.gaze;
    for (const other of pad.planes) {
      if (other === plane) continue;
      if (sameZ) other.gaze.at(other.place(place.x, place.y), hidden);
      else if (other.points.count === plane.points.count) other.gaze.atCode(nearest);
      else other.gaze.away();
    }
    pad.painting.refresh();
    pad.onHover(plane.index, place.x, place.y, nearest);
  }

  leave() {
    for (const plane of this.pad.planes) plane.gaze.away();
    this.pad.painting.refresh();
  }
}
