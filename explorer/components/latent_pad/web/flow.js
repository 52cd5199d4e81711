// Planes that come one after another while one looks, such as those of a model in training. To the
// plane that shows it a flow is a film of one frame (see film.js); its codes glide from where they
// are to where the newest frame has them, and the camera moves only when it must.

import { Camera } from "./camera.js";
import { Film, blended } from "./film.js";
import { fitPins } from "./pins.js";
import { Surface } from "./surface.js";
import { homeBox } from "./view.js";

const FLOW_TIME = [60, 300]; // ms; as long as the frame before it was the newest, within these

export class Flow {
  // before: what the plane has shown until now, be it this flow or something else, or nothing.
  constructor({ frames: [frame] }, before) {
    frame.surface ??= new Surface();
    Object.assign(this, { frame, frames: [frame], names: [""], axis: "", last: 0, id: `live ${frame.live}` });
    const goesOn = before instanceof Flow && before.id === this.id && before.frame.points.count === frame.points.count;
    this.came = performance.now();
    this.from = goesOn ? before.pointsAt() : frame.points;
    this.glide = goesOn ? Math.min(FLOW_TIME[1], Math.max(FLOW_TIME[0], this.came - before.came)) : 0;
    this.arrived = false; // whether somebody has seen the codes where they belong
    this.camera = goesOn ? before.camera : new Camera();
    this.camera.follow(homeBox(frame.points.box, frame.prior), this.came);
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
export function filmOf(description, before) {
  const [frame] = description.frames;
  if (!frame?.live) return new Film(description);
  return before instanceof Flow && before.frame.id === frame.id ? before : new Flow(description, before);
}

// Codes and camera of live planes that are under way, and what one looks at with them; whether any is.
export function followFlows(pad) {
  const { state } = pad;
  const moving = pad.planes.filter((plane) => plane.film.moves);
  for (const plane of moving) {
    plane.setTime(pad.player.time);
    if (plane.lens) plane.look(plane.place(plane.lens.x, plane.lens.y), state.hidden);
  }
  if (moving.length && state.pins.length) {
    state.pins = fitPins(state.pins, pad.planes);
    pad.pinsAreStale = true;
  }
  return moving.length > 0;
}
