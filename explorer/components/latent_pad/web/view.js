// The part of a plane that is visible. World units are latent units with y upwards; screen units
// are CSS pixels with y downwards. Both axes have the same scale: distances in a latent plane are
// meaningful, so a circle must look like one.

const NARROW = 160; // pixels: a plane that is narrower has no room for words
const PADDING = 30; // room around the data for tick labels
const ZOOM_RANGE = [1 / 30, 1e6]; // limits of the scale relative to the home scale

/** @typedef {{ xmin: number, xmax: number, ymin: number, ymax: number }} Bounds in world units */
/** @typedef {{ px: number, py: number }} Spot on the screen */

export class View {
  width = 1;
  height = 1;
  x = 0; // the world point at the centre of the screen
  y = 0;
  scale = 1; // pixels per unit
  homeScale = 1;
  /** @type {Bounds | null} */
  homeBox = null;
  /** @type {Bounds | null} what was made to fit, unless the view has been moved since */
  fitted = null;
  atHome = true;

  /** @param {number} width @param {number} height */
  resize(width, height) {
    this.width = width;
    this.height = height;
    if (this.homeBox) this.homeScale = this.scaleFor(this.homeBox);
    if (this.atHome) this.goHome();
    else if (this.fitted) this.fit(this.fitted);
  }

  /** @param {Bounds} box */
  setHome(box) {
    this.homeBox = box;
    this.goHome();
  }

  // Change the home box; a view that was zoomed or panned stays as it is.
  /** @param {Bounds} box */
  moveHome(box) {
    this.homeBox = box;
    if (this.atHome) this.goHome();
  }

  goHome() {
    if (this.homeBox) this.fit(this.homeBox);
    this.homeScale = this.scale;
    this.atHome = true;
  }

  /** @param {Bounds} box */
  fit(box) {
    const { xmin, xmax, ymin, ymax } = box;
    this.fitted = box;
    this.scale = this.scaleFor(box);
    this.x = (xmin + xmax) / 2;
    this.y = (ymin + ymax) / 2;
    this.atHome = false;
  }

  /** @param {number} x */
  screenX(x) {
    return this.width / 2 + (x - this.x) * this.scale;
  }

  /** @param {number} y */
  screenY(y) {
    return this.height / 2 - (y - this.y) * this.scale;
  }

  /** @param {number} px @param {number} py */
  world(px, py) {
    return {
      x: this.x + (px - this.width / 2) / this.scale,
      y: this.y - (py - this.height / 2) / this.scale,
    };
  }

  /** @returns {Bounds} */
  bounds() {
    const { x: xmin, y: ymax } = this.world(0, 0);
    const { x: xmax, y: ymin } = this.world(this.width, this.height);
    return { xmin, xmax, ymin, ymax };
  }

  // Show what another view shows.
  /** @param {View} other */
  copy({ x, y, scale }) {
    Object.assign(this, { x, y, scale, atHome: false, fitted: null });
  }

  get isNarrow() {
    return this.width < NARROW;
  }

  /** @param {Bounds} box */
  scaleFor({ xmin, xmax, ymin, ymax }) {
    const across = Math.max(1, this.width - 2 * PADDING) / (xmax - xmin);
    const down = Math.max(1, this.height - 2 * PADDING) / (ymax - ymin);
    return Math.min(across, down);
  }

  // The middle, and half the side of the square that would be made to fit.
  square() {
    return [this.x, this.y, Math.max(1, Math.min(this.width, this.height) / 2 - PADDING) / this.scale];
  }

  /** @param {number} dx @param {number} dy */
  panBy(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
    this.atHome = false;
    this.fitted = null;
  }

  // Zoom so that the world point under (px, py) stays there.
  /** @param {number} px @param {number} py @param {number} factor */
  zoomAt(px, py, factor) {
    const fixed = this.world(px, py);
    const [least, most] = ZOOM_RANGE;
    const scale = this.scale * factor;
    this.scale = Math.min(this.homeScale * most, Math.max(this.homeScale * least, scale));
    this.x = fixed.x - (px - this.width / 2) / this.scale;
    this.y = fixed.y + (py - this.height / 2) / this.scale;
    this.atHome = false;
    this.fitted = null;
  }
}

// Round a coordinate to a hundredth of a pixel, which keeps links short and lets Python recognise
// the values that it has sent.
/** @param {number} value @param {View} view */
export function roundToScreen(value, view) {
  const digits = Math.ceil(Math.log10(view.scale * 100));
  const rounded = digits > 100 ? value : Number(value.toFixed(Math.max(0, digits)));
  return Object.is(rounded, -0) ? 0 : rounded;
}

// The box shown initially, which is never of zero size.
/** @param {Bounds | null} box @param {boolean} includePrior */
export function homeBox(box, includePrior) {
  let { xmin, xmax, ymin, ymax } = box ?? { xmin: 0, xmax: 0, ymin: 0, ymax: 0 };
  if (includePrior || !box) {
    xmin = Math.min(xmin, -3);
    xmax = Math.max(xmax, 3);
    ymin = Math.min(ymin, -3);
    ymax = Math.max(ymax, 3);
  }
  if (xmax === xmin && ymax === ymin) {
    // One point or a collapsed cloud: show a unit around it, or more if its coordinates are large.
    const room = Math.max(1, 1e-3 * Math.max(Math.abs(xmin), Math.abs(ymin)));
    return { xmin: xmin - room, xmax: xmax + room, ymin: ymin - room, ymax: ymax + room };
  }
  return { xmin, xmax, ymin, ymax };
}
