// The visible box of a plane whose content moves. It changes only if the content no longer fits or
// becomes too small.

/** @import { Bounds } from "./view.js" */

const TIME_CONSTANT = 350; // ms in which the distance to the goal shrinks by a factor of e
const MARGIN = 1.1; // size of a newly chosen box relative to the content
const TOO_LARGE = 2.2; // size relative to the content from which a new box is chosen
const ARRIVED = 0.005; // distance at which the goal counts as reached, relative to its size

export class Camera {
  time = 0; // of the last update of `box`, in ms

  /** @param {Bounds} box of the content @param {number} now in ms */
  constructor(box, now) {
    this.goal = squareAround(box, MARGIN);
    this.box = this.goal;
    this.time = now;
  }

  // Choose a new goal if the present one no longer fits the content.
  /** @param {Bounds} box @param {number} now */
  follow(box, now) {
    const fits = contains(this.goal, box) && size(this.goal) < TOO_LARGE * size(box);
    if (fits) return;
    this.goal = squareAround(box, MARGIN);
    this.time = now;
  }

  get moves() {
    return this.box !== this.goal;
  }

  // The camera's box at a time that is not earlier than in previous calls.
  /** @param {number} now */
  boxAt(now) {
    if (!this.moves) return this.box;
    const share = 1 - Math.exp((this.time - now) / TIME_CONSTANT);
    this.time = now;
    const { box, goal } = this;
    const nearer = (/** @type {keyof Bounds} */ side) => box[side] + share * (goal[side] - box[side]);
    const next = { xmin: nearer("xmin"), xmax: nearer("xmax"), ymin: nearer("ymin"), ymax: nearer("ymax") };
    this.box = boxDistance(goal, next) < ARRIVED * size(goal) ? goal : next;
    return this.box;
  }
}

/** @param {Bounds} a @param {Bounds} b */
function boxDistance(a, b) {
  const { abs } = Math;
  return Math.max(abs(a.xmin - b.xmin), abs(a.xmax - b.xmax), abs(a.ymin - b.ymin), abs(a.ymax - b.ymax));
}

/** @param {Bounds} outer @param {Bounds} inner */
function contains(outer, inner) {
  return outer.xmin <= inner.xmin && outer.ymin <= inner.ymin && outer.xmax >= inner.xmax && outer.ymax >= inner.ymax;
}

/** @param {Bounds} box */
function size({ xmin, xmax, ymin, ymax }) {
  return Math.max(xmax - xmin, ymax - ymin);
}

// A square, so that content that grows in one direction does not outgrow it at once.
/** @param {Bounds} box @param {number} factor */
function squareAround({ xmin, xmax, ymin, ymax }, factor) {
  const half = (0.5 * factor) * size({ xmin, xmax, ymin, ymax });
  const [x, y] = [(xmin + xmax) / 2, (ymin + ymax) / 2];
  return { xmin: x - half, xmax: x + half, ymin: y - half, ymax: y + half };
}
