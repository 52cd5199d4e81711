// What part of a plane is on screen. World units are latent units with y upwards; screen units
// are CSS pixels with y downwards. One scale serves both axes: distances in a latent plane mean
// something, so a circle must look like one.

const PADDING = 30; // room around the data for tick labels
const ZOOM_RANGE = [1 / 30, 1e6]; // how far from the home scale one can go before getting lost

export class View {
  constructor() {
    this.width = this.height = 1;
    this.x = this.y = 0; // the world point at the centre of the screen
    this.scale = this.homeScale = 1; // pixels per unit
    this.homeBox = null;
    this.atHome = true;
  }

  resize(width, height) {
    this.width = width;
    this.height = height;
    if (this.atHome) this.goHome();
  }

  setHome(box) {
    this.homeBox = box;
    this.goHome();
  }

  // The home has moved; somebody who zoomed or panned stays where they are.
  moveHome(box) {
    this.homeBox = box;
    if (this.atHome) this.goHome();
  }

  goHome() {
    if (this.homeBox) this.fit(this.homeBox);
    this.homeScale = this.scale;
    this.atHome = true;
  }

  fit({ xmin, xmax, ymin, ymax }) {
    const across = Math.max(1, this.width - 2 * PADDING) / (xmax - xmin);
    const down = Math.max(1, this.height - 2 * PADDING) / (ymax - ymin);
    this.scale = Math.min(across, down);
    this.x = (xmin + xmax) / 2;
    this.y = (ymin + ymax) / 2;
    this.atHome = false;
  }

  screenX(x) {
    return this.width / 2 + (x - this.x) * this.scale;
  }

  screenY(y) {
    return this.height / 2 - (y - this.y) * this.scale;
  }

  world(px, py) {
    return {
      x: this.x + (px - this.width / 2) / this.scale,
      y: this.y - (py - this.height / 2) / this.scale,
    };
  }

  bounds() {
    const { x: xmin, y: ymax } = this.world(0, 0);
    const { x: xmax, y: ymin } = this.world(this.width, this.height);
    return { xmin, xmax, ymin, ymax };
  }

  panBy(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
    this.atHome = false;
  }

  // Zoom so that the world point under (px, py) stays there.
  zoomAt(px, py, factor) {
    const fixed = this.world(px, py);
    const [least, most] = ZOOM_RANGE;
    const scale = this.scale * factor;
    this.scale = Math.min(this.homeScale * most, Math.max(this.homeScale * least, scale));
    this.x = fixed.x - (px - this.width / 2) / this.scale;
    this.y = fixed.y + (py - this.height / 2) / this.scale;
    this.atHome = false;
  }
}

// A place is known no better than the screen shows it: rounding to a hundredth of a pixel keeps
// links short and lets Python recognise its own echo exactly.
export function roundToScreen(value, view) {
  const digits = Math.ceil(Math.log10(view.scale * 100));
  const rounded = digits > 100 ? value : Number(value.toFixed(Math.max(0, digits)));
  return Object.is(rounded, -0) ? 0 : rounded;
}

// The box around everything worth seeing at first, never of zero size.
export function homeBox(box, includePrior) {
  let { xmin, xmax, ymin, ymax } = box ?? { xmin: 0, xmax: 0, ymin: 0, ymax: 0 };
  if (includePrior || !box) {
    xmin = Math.min(xmin, -3);
    xmax = Math.max(xmax, 3);
    ymin = Math.min(ymin, -3);
    ymax = Math.max(ymax, 3);
  }
  if (xmax === xmin && ymax === ymin) {
    // One point or a collapsed cloud: show a unit around it, or what its size makes visible.
    const room = Math.max(1, 1e-3 * Math.max(Math.abs(xmin), Math.abs(ymin)));
    return { xmin: xmin - room, xmax: xmax + room, ymin: ymin - room, ymax: ymax + room };
  }
  return { xmin, xmax, ymin, ymax };
}
