// A box of the plane that holds what there is to see, and is left alone as long as it does so well.

/** @import { Bounds } from "./view.js" */

const NEARER = 350; // ms in which the camera comes nearer to its goal by e
const ROOM = 1.1; // of the camera's box over what there is to see, when it is chosen
const TOO_LARGE = 2.2; // the same, when another is chosen
const ARRIVED = 0.005; // of the goal's size

export class Camera {
  time = 0; // in ms, when it was at its box

  /** @param {Bounds} box to be seen at first @param {number} now */
  constructor(box, now) {
    this.goal = grown(box, ROOM);
    this.box = this.goal;
    this.time = now;
  }

  // Choose another goal, at a time in ms, unless the present one still does.
  /** @param {Bounds} box @param {number} now */
  follow(box, now) {
    const fits = holds(this.goal, box) && size(this.goal) < TOO_LARGE * size(box);
    if (fits) return;
    this.goal = grown(box, ROOM);
    this.time = now;
  }

  get moves() {
    return this.box !== this.goal;
  }

  // Where the camera has got to; to be asked at times that grow.
  /** @param {number} now */
  boxAt(now) {
    if (!this.moves) return this.box;
    const share = 1 - Math.exp((this.time - now) / NEARER);
    this.time = now;
    const { box, goal } = this;
    const nearer = (/** @type {keyof Bounds} */ side) => box[side] + share * (goal[side] - box[side]);
    const next = { xmin: nearer("xmin"), xmax: nearer("xmax"), ymin: nearer("ymin"), ymax: nearer("ymax") };
    this.box = apart(goal, next) < ARRIVED * size(goal) ? goal : next;
    return this.box;
  }
}

/** @param {Bounds} a @param {Bounds} b */
function apart(a, b) {
  const { abs } = Math;
  return Math.max(abs(a.xmin - b.xmin), abs(a.xmax - b.xmax), abs(a.ymin - b.ymin), abs(a.ymax - b.ymax));
}

/** @param {Bounds} outer @param {Bounds} inner */
function holds(outer, inner) {
  return outer.xmin <= inner.xmin && outer.ymin <= inner.ymin && outer.xmax >= inner.xmax && outer.ymax >= inner.ymax;
}

/** @param {Bounds} box */
function size({ xmin, xmax, ymin, ymax }) {
  return Math.max(xmax - xmin, ymax - ymin);
}

// A square, so that one that grows in one direction alone does not ask for another at once.
/** @param {Bounds} box @param {number} factor */
function grown({ xmin, xmax, ymin, ymax }, factor) {
  const half = (0.5 * factor) * size({ xmin, xmax, ymin, ymax });
  const [x, y] = [(xmin + xmax) / 2, (ymin + ymax) / 2];
  return { xmin: x - half, xmax: x + half, ymin: y - half, ymax: y + half };
}
