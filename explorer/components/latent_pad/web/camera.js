// A box of the plane that holds what there is to see, and is left alone as long as it does so well.

const NEARER = 350; // ms in which the camera comes nearer to its goal by e
const ROOM = 1.1; // of the camera's box over what there is to see, when it is chosen
const TOO_LARGE = 2.2; // the same, when another is chosen
const ARRIVED = 0.005; // of the goal's size

export class Camera {
  // Choose another goal, at a time in ms, unless the present one still does.
  follow(box, now) {
    const fits = this.goal && holds(this.goal, box) && size(this.goal) < TOO_LARGE * size(box);
    if (fits) return;
    this.goal = grown(box, ROOM);
    this.box ??= this.goal;
    this.time = now;
  }

  get moves() {
    return this.box !== this.goal;
  }

  // Where the camera has got to; to be asked at times that grow.
  boxAt(now) {
    if (!this.moves) return this.box;
    const share = 1 - Math.exp((this.time - now) / NEARER);
    this.time = now;
    const next = {};
    for (const side of Object.keys(this.goal)) next[side] = this.box[side] + share * (this.goal[side] - this.box[side]);
    const left = Math.max(...Object.keys(next).map((side) => Math.abs(this.goal[side] - next[side])));
    this.box = left < ARRIVED * size(this.goal) ? this.goal : next;
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
