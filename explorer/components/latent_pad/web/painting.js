// Decides when the planes are drawn and at what quality: at most once per animation frame, and, if
// drawing is slow, roughly while a view moves.

import { parseColour, readTheme, zoomOf } from "./theme.js";

/** @import { LatentPad } from "./pad.js" */
/** @import { Plane } from "./plane.js" */
/** @import { Colour } from "./colours.js" */
/** @import { State } from "./state.js" */
/** @import { Theme } from "./theme.js" */

const REST_AFTER = 140; // ms without a change after which a view counts as resting
const ASK_AFTER = 400; // ms without a change after which a finer atlas is requested

/**
 * How planes are drawn, apart from their content.
 * @typedef {object} DrawingOptions
 * @property {Theme} theme
 * @property {readonly Colour[]} colours of the classes
 * @property {Colour} grey for hidden classes
 * @property {number} ratio device pixels per CSS pixel
 * @property {boolean} moving whether some view is being panned or zoomed
 * @property {boolean} playing whether a film is being played
 * @property {boolean} rough whether speed matters more than quality
 * @property {() => void} again requests another animation frame
 *
 * @typedef {State & DrawingOptions} Scene
 */

export class Painting {
  moving = false;
  pinsAreStale = false; // whether strips and inspectors must be rebuilt
  ratio = 1;
  /** @type {readonly Colour[]} */
  colours = [];
  /** @type {number | null} the class whose name in the legend is pointed at */
  forward = null;
  request = 0; // id of the requested animation frame, or 0
  /** @type {number | undefined} */
  rest;
  /** @type {number | undefined} */
  asking;

  /** @param {LatentPad} pad */
  constructor(pad) {
    this.pad = pad;
    this.theme = readTheme(pad.element);
    this.grey = parseColour(this.theme.ink);
  }

  refreshTheme() {
    this.theme = readTheme(this.pad.element);
    this.grey = parseColour(this.theme.ink);
    this.settle();
  }

  // Show a class alone as long as its name is pointed at, unless it is hidden; null: none.
  /** @param {number | null} index */
  bringForward(index) {
    this.forward = index;
    this.settle();
  }

  refresh() {
    this.request ||= requestAnimationFrame(() => this.draw());
  }

  // To be called when pins, their pictures or the path through them have changed.
  renewPins() {
    this.pinsAreStale = true;
    this.refresh();
  }

  // To be called on changes of a view, which come in bursts.
  /** @param {Plane} plane */
  move(plane) {
    plane.ground.isStale = true;
    this.moving = true;
    clearTimeout(this.rest);
    clearTimeout(this.asking);
    this.rest = setTimeout(() => this.come(), REST_AFTER);
    this.asking = setTimeout(() => this.pad.askForViews(), ASK_AFTER);
    this.refresh();
  }

  come() {
    this.settle();
    this.pad.onPlaces();
  }

  // Repaint all grounds at full quality.
  settle() {
    this.moving = false;
    for (const plane of this.pad.planes) plane.ground.isStale = true;
    this.refresh();
  }

  stop() {
    cancelAnimationFrame(this.request);
    clearTimeout(this.rest);
    clearTimeout(this.asking);
  }

  draw() {
    this.request = 0;
    const { pad } = this;
    this.followFlows();
    const scene = this.scene();
    for (const plane of pad.planes) {
      if (this.pinsAreStale) {
        plane.strip.build();
        plane.inspector.build();
      } else plane.inspector.update();
      plane.updateReadout(pad.classes);
      if (plane.view.width > 1) plane.draw(scene);
    }
    this.pinsAreStale = false;
    if (pad.planes.length) pad.element.dataset.ready = "true";
  }

  // Update moving live planes: their codes and cameras, and the gaze on them.
  followFlows() {
    const { pad } = this;
    const moving = pad.planes.filter((plane) => plane.film.moves);
    for (const plane of moving) {
      plane.setTime(pad.player.time);
      plane.gaze.follow(pad.state.hidden);
    }
    if (!moving.length) return;
    pad.followCodes();
    if (pad.state.pins.length) this.renewPins();
    else this.refresh();
  }

  /** @returns {Scene} */
  scene() {
    const { theme, colours, grey, ratio, moving, pad } = this;
    const options = { theme, colours, grey, ratio, moving, playing: pad.player.playing, rough: false };
    return { ...pad.state, ...options, hidden: this.hidden(), again: () => this.refresh() };
  }

  // The classes that are greyed out.
  hidden() {
    const { forward, colours } = this;
    const { hidden } = this.pad.state;
    if (forward === null || hidden.has(forward)) return hidden;
    return new Set([...colours.keys()].filter((k) => k !== forward));
  }

  fitToSize() {
    this.ratio = window.devicePixelRatio * zoomOf(this.pad.element);
    for (const plane of this.pad.planes) {
      const { clientWidth, clientHeight } = plane.canvas;
      if (clientWidth) plane.resize(clientWidth, clientHeight, this.ratio);
    }
    // Drawn at once: a resized canvas is blank, and waiting for the next frame would flicker.
    this.draw();
  }
}
