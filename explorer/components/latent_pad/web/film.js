// A sequence of frames shown in one plane. Between two frames each code moves in a straight line
// from its position in one to its position in the other.

import { Frame } from "./frame.js";
import { PointSet } from "./points.js";
import { homeBox } from "./view.js";

/** @import { Parts } from "./frame.js" */
/** @import { Bounds } from "./view.js" */

/**
 * The content of a film: frames of the same images, the name of what changes between them, and its
 * value at each frame.
 * @typedef {{ frames: readonly (Frame | Parts)[], axis?: string, names?: readonly string[] }} Description
 */

export class Film {
  moves = false; // a film changes only with the player's time

  /** @param {Description} description */
  constructor({ frames, axis = "", names = [""] }) {
    this.frames = frames.map(Frame.of);
    this.axis = axis;
    this.names = names;
    this.last = frames.length - 1;
    this.id = this.frames.map(({ id, opening }) => (opening ? `${id}@${opening}` : id)).join(" ");
  }

  // The frame shown at a time, which is a frame index and may be fractional.
  /** @param {number} time */
  frameAt(time) {
    return this.frames[Math.min(this.last, Math.round(time))];
  }

  /** @param {number} time */
  pointsAt(time) {
    const early = Math.min(this.last, Math.floor(time));
    const share = time - early;
    const { points } = this.frames[early];
    if (share === 0 || early === this.last) return points;
    return blended(points, this.frames[early + 1].points, share);
  }

  // The initial view at a time: at a frame its own box; between two frames a box whose size changes
  // exponentially from one to the other, like a camera zooming at constant speed.
  /** @param {number} time */
  homeAt(time) {
    const early = Math.min(this.last, Math.floor(time));
    const share = time - early;
    const box = home(this.frames[early]);
    if (share === 0 || early === this.last) return box;
    return between(box, home(this.frames[early + 1]), share);
  }
}

/** @param {Frame} frame */
export function home({ points, fitsPrior, opening }) {
  if (opening) {
    const [xmin, xmax, ymin, ymax] = opening;
    return { xmin, xmax, ymin, ymax };
  }
  return homeBox(points.box, fitsPrior);
}

/** @param {Bounds} from @param {Bounds} to @param {number} share @returns {Bounds} */
function between(from, to, share) {
  const [left, right] = grownOrShrunk([from.xmin, from.xmax], [to.xmin, to.xmax], share);
  const [bottom, top] = grownOrShrunk([from.ymin, from.ymax], [to.ymin, to.ymax], share);
  return { xmin: left, xmax: right, ymin: bottom, ymax: top };
}

/** @param {[number, number]} from @param {[number, number]} to @param {number} share */
function grownOrShrunk([low, high], [toLow, toHigh], share) {
  const middle = ((1 - share) * (low + high) + share * (toLow + toHigh)) / 2;
  const half = (0.5 * (high - low)) ** (1 - share) * (0.5 * (toHigh - toLow)) ** share;
  return [middle - half, middle + half];
}

/** @param {PointSet} from @param {PointSet} to @param {number} share */
export function blended(from, to, share) {
  const scales = from.scales && to.scales && mixed(from.scales, to.scales, share);
  return new PointSet(mixed(from.codes, to.codes, share), from.labels, scales);
}

/** @param {Float32Array} a @param {Float32Array} b @param {number} share */
function mixed(a, b, share) {
  const mixture = new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) mixture[i] = a[i] + share * (b[i] - a[i]);
  return mixture;
}
