// A stream of live frames, such as those of a model in training. To its plane, a flow looks like a
// film of one frame (see film.js). The codes glide from their current positions to those of the
// newest frame, and the camera moves only if it must.

import { Camera } from "./camera.js";
import { Film, blended, home } from "./film.js";
import { Frame } from "./frame.js";

/** @import { Description } from "./film.js" */
/** @import { PointSet } from "./points.js" */

const FLOW_TIME = [60, 300]; // ms; limits of the glide, which takes as long as the last frame was shown

export class Flow {
  axis = "";
  names = [""];
  last = 0;
  arrived = false; // whether the codes have been shown at their final positions
  /** @type {Frame} the newest */
  frame;
  /** @type {number} time of its arrival, in ms */
  came;
  /** @type {PointSet} the codes as shown at that time */
  from;
  /** @type {Camera} */
  camera;
  glide = 0; // duration of the codes' movement, in ms

  /** @param {Frame} frame @param {Film | Flow | undefined} before what the plane showed before */
  constructor(frame, before) {
    this.frame = frame;
    this.frames = [frame];
    this.id = `live ${frame.live}`;
    this.came = performance.now();
    this.from = frame.points;
    if (before instanceof Flow && before.id === this.id && before.frame.points.count === frame.points.count) {
      const [least, most] = FLOW_TIME;
      this.from = before.pointsAt();
      this.glide = Math.min(most, Math.max(least, this.came - before.came));
      this.camera = before.camera;
      this.camera.follow(home(frame), this.came);
    } else this.camera = new Camera(home(frame), this.came);
  }

  get moves() {
    return !this.arrived || this.camera.moves;
  }

  get share() {
    return this.glide ? Math.min(1, (performance.now() - this.came) / this.glide) : 1;
  }

  frameAt() {
    return this.frame;
  }

  pointsAt() {
    const { share } = this;
    this.arrived = share === 1;
    return this.arrived ? this.frame.points : blended(this.from, this.frame.points, share);
  }

  homeAt() {
    return this.camera.boxAt(performance.now());
  }
}

// What a plane shows next: a new film, or a flow that continues `before`. If the frame is not new,
// the flow itself is returned.
/** @param {Description} description @param {Film | Flow | undefined} before */
export function filmOf(description, before) {
  const [frame] = description.frames;
  if (!frame?.live) return new Film(description);
  return before instanceof Flow && before.frame.id === frame.id ? before : new Flow(Frame.of(frame), before);
}
