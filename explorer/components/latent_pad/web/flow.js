// Planes that come one after another while one looks, such as those of a model in training. To the
// plane that shows it a flow is a film of one frame (see film.js); its codes glide from where they
// are to where the newest frame has them, and the camera moves only when it must.

import { Film, blended } from "./film.js";
import { fitPins } from "./pins.js";
import { Surface } from "./surface.js";
import { homeBox } from "./view.js";

const FLOW_TIME = [60, 300]; // ms; as long as the frame before it was the newest, within these
const CAMERA = 350; // ms in which the camera comes nearer to its goal by e
const ROOM = 1.1; // of the camera's box over what there is to see, when it is chosen
const TOO_LARGE = 2.2; // the same, when another is chosen

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
    this.camera.follow(homeBox(frame.points.box, frame.prior));
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
    return this.camera.boxNow();
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

// A box of the plane that holds what there is to see, and is left alone as long as it does so well.
class Camera {
  follow(box) {
    const fits = this.goal && holds(this.goal, box) && size(this.goal) < TOO_LARGE * size(box);
    if (fits) return;
    this.goal = grown(box, ROOM);
    this.box ??= this.goal;
    this.time = performance.now();
  }

  get moves() {
    return this.box !== this.goal;
  }

  boxNow() {
    if (!this.moves) return this.box;
    const now = performance.now();
    const share = 1 - Math.exp((this.time - now) / CAMERA);
    this.time = now;
    const next = {};
    for (const side of Object.keys(this.goal)) next[side] = this.box[side] + share * (this.goal[side] - this.box[side]);
    const left = Math.max(...Object.keys(next).map((side) => Math.abs(this.goal[side] - next[side])));
    this.box = left < 0.005 * size(this.goal) ? this.goal : next;
    return this.box;
  }
}

function holds(outer, inner) {
  return outer.xmin <= inner.xmin && outer.ymin <= inner.ymin && outer.xmax >= inner.xmax && outer.ymax >= inner.ymax;
}

function size({ xmin, xmax, ymin, ymax }) {
  return Math.max(xmax - xmin, ymax - ymin);
}

// A square, so that one that grows in one direction alone does not ask for another at once.
function grown({ xmin, xmax, ymin, ymax }, factor) {
  const half = (0.5 * factor) * size({ xmin, xmax, ymin, ymax });
  const [x, y] = [(xmin + xmax) / 2, (ymin + ymax) / 2];
  return { xmin: x - half, xmax: x + half, ymin: y - half, ymax: y + half };
}
