// The film strip of the path through a plane's pins, and a walk along it.

import { element } from "../../web/dom.js";
import { along, sampled } from "./path.js";
import { Sheet } from "./picture.js";
import { pinLetter } from "./pins.js";

const SEGMENT_TIME = 1800; // ms from one pin to the next
const FILM_GAP = 1; // image pixels between two pictures
const TALLEST = 64; // screen pixels
const FINE = 48; // points of a drawn path

export class Strip {
  constructor(plane, pad) {
    Object.assign(this, { plane, pad });
    this.codes = []; // of the pins, in order
    this.share = 0; // of the path that was walked
    this.sheet = new Sheet();
    this.play = element("button", { type: "button", class: "play", on: { click: () => this.toggle() } });
    this.canvas = element("canvas", { class: "film", role: "img" });
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.pad.hover.leave());
    this.element = element("div", { class: "strip", hidden: "" }, [this.play, this.canvas]);
    this.say();
  }

  // Pins, their order or the path's kind have changed; called on every frame of a drag.
  build() {
    const { pad, plane } = this;
    const here = pad.state.pins
      .map((pin, index) => ({ pin, index }))
      .filter(({ pin }) => pin.plane === plane.index);
    this.codes = here.map(({ pin, index }) => plane.pinPlace(pin, pad.exactly(index)).code);
    this.line = this.fineLine();
    this.element.hidden = !this.line.length || !plane.pictures || !pad.path.steps;
    if (this.element.hidden) return this.stop();
    this.paint();
    const way = here.map(({ index }) => pinLetter(index)).join(" to ");
    const words = `${pad.path.steps} decoded images along the ${pad.path.kind} path from ${way}`;
    this.canvas.setAttribute("aria-label", words);
  }

  fineLine() {
    const segments = this.codes.length - 1;
    if (segments < 1) return [];
    const codes = sampled(this.codes, FINE * segments + 1, this.pad.path.kind);
    return codes.map((code) => this.plane.surface.place(code));
  }

  paint() {
    const { canvas, plane } = this;
    const { kind, steps } = this.pad.path;
    const [, height, width] = plane.pictures.shape;
    const whole = steps * (width + FILM_GAP) - FILM_GAP;
    if (canvas.width !== whole || canvas.height !== height) Object.assign(canvas, { width: whole, height });
    canvas.style.maxWidth = `${Math.floor(TALLEST / height) * whole}px`;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, whole, height);
    sampled(this.codes, steps, kind).forEach((code, k) => {
      const picture = this.sheet.draw(plane.pictures, plane.surface.place(code));
      if (picture) context.drawImage(picture, k * (width + FILM_GAP), 0);
    });
  }

  point(event) {
    const { left, width } = this.canvas.getBoundingClientRect();
    this.stop();
    this.walkTo(Math.min(1, Math.max(0, (event.clientX - left) / width)));
  }

  walkTo(share) {
    this.share = share;
    const code = along(this.codes, share, this.pad.path.kind);
    this.pad.hover.at(this.plane, this.plane.surface.place(code));
  }

  toggle() {
    if (this.request) return this.stop();
    if (this.share >= 1) this.share = 0;
    this.before = performance.now();
    this.request = requestAnimationFrame((now) => this.step(now));
    this.say();
  }

  step(now) {
    const way = Math.max(0, now - this.before) / (SEGMENT_TIME * (this.codes.length - 1));
    this.before = now;
    const share = Math.min(1, this.share + way);
    this.request = share < 1 ? requestAnimationFrame((next) => this.step(next)) : null;
    this.walkTo(share);
    this.say();
  }

  stop() {
    cancelAnimationFrame(this.request);
    this.request = null;
    this.say();
  }

  say() {
    this.play.textContent = this.request ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", this.request ? "Pause the walk along the path" : "Walk along the path");
  }
}
