// The film strip of the path through a plane's pins, and the animation along it.

import { contextOf, element } from "../../web/dom.js";
import { along, sampled } from "./path.js";
import { Sheet } from "./picture.js";
import { pinLetter } from "./pins.js";

/** @import { LatentPad } from "./pad.js" */
/** @import { Pictures } from "./picture.js" */
/** @import { Plane } from "./plane.js" */
/** @import { Place } from "./surface.js" */

const SEGMENT_TIME = 1800; // ms from one pin to the next
const FILM_GAP = 1; // image pixels between two pictures
const TALLEST = 64; // maximum height in CSS pixels
const FINE = 48; // points per segment of the drawn path

export class Strip {
  /** @type {(readonly number[])[]} of the pins, in order */
  codes = [];
  /** @type {Place[]} closely spaced places along the path */
  line = [];
  share = 0; // position on the path, 0 to 1
  /** @type {number | null} where a link says that the walk is, until it is there */
  asked = null;
  sheet = new Sheet();
  before = 0; // time of the animation's last step, in ms
  request = 0; // id of the requested animation frame, or 0

  /** @param {Plane} plane @param {LatentPad} pad */
  constructor(plane, pad) {
    this.plane = plane;
    this.pad = pad;
    this.play = element("button", { type: "button", class: "play", on: { click: () => this.toggle() } });
    this.canvas = element("canvas", { class: "film", role: "img" });
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.pad.hover.leave());
    this.element = element("div", { class: "strip", hidden: "" }, [this.play, this.canvas]);
    this.updateLabels();
  }

  // To be called when pins, their order or the path's kind have changed, also during a drag.
  build() {
    const { pad, plane } = this;
    const here = pad.state.pins
      .map((pin, index) => ({ pin, index }))
      .filter(({ pin }) => pin.plane === plane.index);
    this.codes = here.map(({ pin, index }) => plane.pinPlace(pin, pad.exactly(index)).code);
    this.line = this.fineLine();
    const { pictures } = plane;
    const { steps, kind } = pad.state.path;
    this.element.hidden = !this.line.length || !pictures || !steps;
    if (this.element.hidden || !pictures) return this.stop();
    this.paint(pictures);
    if (this.asked !== null) this.walkTo(this.asked);
    this.asked = null;
    const way = here.map(({ index }) => pinLetter(index)).join(" to ");
    this.canvas.setAttribute("aria-label", `${steps} decoded images along the ${kind} path from ${way}`);
  }

  fineLine() {
    const segments = this.codes.length - 1;
    if (segments < 1) return [];
    const codes = sampled(this.codes, FINE * segments + 1, this.pad.state.path.kind);
    return codes.map((code) => this.plane.frame.surface.place(code));
  }

  /** @param {Pictures} pictures */
  paint(pictures) {
    const { canvas, plane } = this;
    const { kind, steps } = this.pad.state.path;
    const [, height, width] = pictures.shape;
    const whole = steps * (width + FILM_GAP) - FILM_GAP;
    if (canvas.width !== whole || canvas.height !== height) Object.assign(canvas, { width: whole, height });
    canvas.style.maxWidth = `${Math.floor(TALLEST / height) * whole}px`;
    const context = contextOf(canvas);
    context.clearRect(0, 0, whole, height);
    sampled(this.codes, steps, kind).forEach((code, k) => {
      const picture = this.sheet.draw(pictures, plane.frame.surface.place(code));
      if (picture) context.drawImage(picture, k * (width + FILM_GAP), 0);
    });
  }

  /** @param {PointerEvent} event */
  point(event) {
    const { left, width } = this.canvas.getBoundingClientRect();
    this.stop();
    this.walkTo(Math.min(1, Math.max(0, (event.clientX - left) / width)));
  }

  /** @param {number} share */
  walkTo(share) {
    this.share = share;
    const code = along(this.codes, share, this.pad.state.path.kind);
    this.pad.hover.at(this.plane, this.plane.frame.surface.place(code));
  }

  toggle() {
    if (this.request) return this.stop();
    if (this.share >= 1) this.share = 0;
    this.before = performance.now();
    this.request = requestAnimationFrame((now) => this.step(now));
    this.updateLabels();
  }

  /** @param {number} now */
  step(now) {
    const way = Math.max(0, now - this.before) / (SEGMENT_TIME * (this.codes.length - 1));
    this.before = now;
    const share = Math.min(1, this.share + way);
    this.request = share < 1 ? requestAnimationFrame((next) => this.step(next)) : 0;
    this.walkTo(share);
    if (share === 1) this.pad.hover.leave(); // the walk is over, and nobody points anywhere
    this.updateLabels();
    if (!this.request) this.pad.onPlaces();
  }

  stop() {
    const walked = this.request !== 0;
    cancelAnimationFrame(this.request);
    this.request = 0;
    this.updateLabels();
    if (walked) this.pad.onPlaces();
  }

  updateLabels() {
    this.play.textContent = this.request ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", this.request ? "Pause the walk along the path" : "Walk along the path");
  }
}
