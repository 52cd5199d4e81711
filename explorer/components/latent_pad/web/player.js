// The film's controls: a slider and a play/pause button. Keys and clicks on the slider select whole
// frames; the points glide there.

import { element } from "../../web/dom.js";

/** @import { Film } from "./film.js" */
/** @import { Flow } from "./flow.js" */
/** @import { LatentPad } from "./pad.js" */

const GLIDE = 350; // ms to reach a frame that was selected
const WHOLE_FILM = 4000; // maximum duration of a film, in ms
const LONGEST_FRAME = 900; // maximum duration of a frame, in ms

export class Player {
  time = 0; // in frames
  /** @type {Film | Flow | undefined} */
  film;
  /** @type {number | null | undefined} the frame to glide to; null: play to the end; undefined: rest */
  target;
  before = 0; // time of the last step, in ms
  request = 0; // id of the requested animation frame

  /** @param {LatentPad} pad */
  constructor(pad) {
    this.pad = pad;
    this.play = element("button", { type: "button", class: "play", on: { click: () => this.toggle() } });
    this.range = element("input", { type: "range", min: 0, step: 1, on: { input: () => this.start(Number(this.range.value)) } });
    this.output = element("output");
    this.element = element("div", { class: "player", hidden: "" }, [this.play, this.range, this.output]);
    this.updateLabels();
  }

  // Show the controls for the film with the most frames; shorter films stop at their last frame.
  /** @param {readonly (Film | Flow)[]} films */
  show(films) {
    const film = films.reduce((longest, other) => (other.last > longest.last ? other : longest), films[0]);
    this.film = film;
    this.element.hidden = !film?.last;
    if (!film) return;
    this.range.max = String(film.last);
    this.range.setAttribute("aria-label", film.axis);
    if (this.time > film.last) this.time = film.last;
    this.updateLabels();
  }

  get last() {
    return this.film?.last ?? 0;
  }

  get playing() {
    return this.target === null;
  }

  // Go to a frame without animation.
  /** @param {number} frame */
  jump(frame) {
    this.stop();
    this.time = Math.min(frame, this.last);
    this.updateLabels();
  }

  toggle() {
    if (this.playing) return this.start(Math.round(this.time));
    if (this.time >= this.last) this.time = 0;
    this.start(null);
  }

  /** @param {number | null} target */
  start(target) {
    this.stop();
    this.target = target;
    this.before = performance.now();
    const ownTime = Math.min(LONGEST_FRAME, WHOLE_FILM / this.last); // of a frame, in ms
    const speed = target === null ? 1 / ownTime : Math.abs(target - this.time) / GLIDE;
    this.request = requestAnimationFrame((now) => this.step(now, speed));
    this.updateLabels();
  }

  /** @param {number} now @param {number} speed frames per ms */
  step(now, speed) {
    const goal = this.target ?? this.last;
    const way = Math.max(0, now - this.before) * speed;
    this.before = now;
    const left = goal - this.time;
    this.time = Math.abs(left) <= way ? goal : this.time + Math.sign(left) * way;
    const arrived = this.time === goal;
    if (arrived) this.stop();
    else this.request = requestAnimationFrame((next) => this.step(next, speed));
    this.pad.showTime(this.time, arrived);
    this.updateLabels();
  }

  stop() {
    cancelAnimationFrame(this.request);
    this.target = undefined;
  }

  updateLabels() {
    this.play.textContent = this.playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    if (!this.film) return;
    const frame = Math.round(this.time);
    this.range.value = String(this.target ?? frame);
    this.output.textContent = `${this.film.axis} ${this.film.names[frame]}`;
    this.range.setAttribute("aria-valuetext", this.output.textContent);
  }
}
