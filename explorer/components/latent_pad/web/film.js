// Frames that follow one another in one place. Between two frames each code glides straight from
// its place in one to its place in the other.

import { PointSet } from "./points.js";
import { Surface } from "./surface.js";
import { homeBox } from "./view.js";

export class Film {
  // frames: what a plane shows (see plane.js), all of the same images; names: one for each.
  constructor({ frames, axis = "", names = [""] }) {
    for (const frame of frames) frame.surface ??= new Surface();
    Object.assign(this, { frames, axis, names });
    this.id = frames.map(({ id }) => id).join(" ");
  }

  get last() {
    return this.frames.length - 1;
  }

  // The frame shown at a time, which counts frames and may lie between two.
  frameAt(time) {
    return this.frames[Math.min(this.last, Math.round(time))];
  }

  pointsAt(time) {
    const early = Math.min(this.last, Math.floor(time));
    const share = time - early;
    const { points } = this.frames[early];
    if (share === 0 || early === this.last) return points;
    return blended(points, this.frames[early + 1].points, share);
  }

  // What to see of a time at first: each frame's own box, and between two frames a box that grows
  // or shrinks by equal shares in equal times, as a camera that keeps everything in sight.
  homeAt(time) {
    const early = Math.min(this.last, Math.floor(time));
    const share = time - early;
    const box = home(this.frames[early]);
    if (share === 0 || early === this.last) return box;
    return between(box, home(this.frames[early + 1]), share);
  }
}

function home({ points, prior }) {
  return homeBox(points.box, prior);
}

function between(from, to, share) {
  const middle = (low, high) => (1 - share) * ((from[low] + from[high]) / 2) + share * ((to[low] + to[high]) / 2);
  const half = (low, high) => (0.5 * (from[high] - from[low])) ** (1 - share) * (0.5 * (to[high] - to[low])) ** share;
  const [x, y, across, up] = [middle("xmin", "xmax"), middle("ymin", "ymax"), half("xmin", "xmax"), half("ymin", "ymax")];
  return { xmin: x - across, xmax: x + across, ymin: y - up, ymax: y + up };
}

export function blended(from, to, share) {
  const scales = from.scales && to.scales && mixed(from.scales, to.scales, share);
  return new PointSet(mixed(from.codes, to.codes, share), from.labels, scales);
}

function mixed(a, b, share) {
  const mixture = new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) mixture[i] = a[i] + share * (b[i] - a[i]);
  return mixture;
}
