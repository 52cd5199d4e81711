// Planes that come one after another while one looks, such as those of a model in training. To the
// plane that shows it a flow is a film of one frame (see film.js); its codes glide from where they
// are to where the newest frame has them, and the camera moves only when it must.

import { Camera } from "./camera.js";
import { Film, blended, home } from "./film.js";
import { Frame } from "./frame.js";

/** @import { Description } from "./film.js" */
/** @import { PointSet } from "./points.js" */

const FLOW_TIME = [60, 300]; // ms; as long as the frame before it was the newest, within these

export class Flow {
  axis = "";
  names = [""];
  last = 0;
  arrived = false; // whether somebody has seen the codes where they belong
  /** @type {Frame} the newest */
  frame;
  /** @type {number} when it came, in ms */
  came;
  /** @type {PointSet} where the codes were then */
  from;
  /** @type {Camera} */
  camera;
  glide = 0; // ms that the codes take

  /** @param {Frame} frame @param {Film | Flow | undefined} before what the plane has shown until now */
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

// What a plane shows next: a film, or a flow that goes on, which stays as it is if no frame has come.
/** @param {Description} description @param {Film | Flow | undefined} before */
export function filmOf(description, before) {
  const [frame] = description.frames;
  if (!frame?.live) return new Film(description);
  return before instanceof Flow && before.frame.id === frame.id ? before : new Flow(Frame.of(frame), before);
}
