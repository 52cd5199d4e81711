// The film's controls: a scrubber and play/pause. Keys and clicks go frame by frame; the points
// glide there.

import { element } from "../../web/dom.js";

const GLIDE = 350; // ms from one frame to another that was picked
const SHORTEST = 4000; // ms of a whole film, at least
const LONGEST_FRAME = 900; // ms

export class Player {
  constructor(pad) {
    this.pad = pad;
    this.time = 0; // in frames
    this.play = element("button", { type: "button", class: "play", on: { click: () => this.toggle() } });
    this.range = element("input", { type: "range", min: 0, step: 1, on: { input: () => this.pick(Number(this.range.value)) } });
    this.output = element("output");
    this.element = element("div", { class: "player", hidden: "" }, [this.play, this.range, this.output]);
    this.say();
  }

  // The film with the most frames names them; others end where they end.
  show(films) {
    this.film = films.reduce((longest, film) => (film.last > longest.last ? film : longest), films[0]);
    this.element.hidden = !this.film?.last;
    if (!this.film) return;
    this.range.max = this.film.last;
    this.range.setAttribute("aria-label", this.film.axis);
    if (this.time > this.film.last) this.time = this.film.last;
    this.say();
  }

  get playing() {
    return this.target === null;
  }

  // Go to a frame without being seen to.
  jump(frame) {
    this.stop();
    this.time = Math.min(frame, this.film?.last ?? 0);
    this.say();
  }

  pick(frame) {
    this.start(frame);
  }

  toggle() {
    if (this.playing) return this.pick(Math.round(this.time));
    if (this.time >= this.film.last) this.time = 0;
    this.start(null);
  }

  // target: the frame to glide to; null plays to the end.
  start(target) {
    this.stop();
    this.target = target;
    this.before = performance.now();
    const speed = target === null ? 1 / Math.min(LONGEST_FRAME, SHORTEST / this.film.last) : Math.abs(target - this.time) / GLIDE;
    this.request = requestAnimationFrame((now) => this.step(now, speed));
    this.say();
  }

  step(now, speed) {
    const goal = this.target ?? this.film.last;
    const way = Math.max(0, now - this.before) * speed;
    this.before = now;
    const left = goal - this.time;
    this.time = Math.abs(left) <= way ? goal : this.time + Math.sign(left) * way;
    const arrived = this.time === goal;
    if (arrived) this.stop();
    else this.request = requestAnimationFrame((next) => this.step(next, speed));
    this.pad.showTime(this.time, arrived);
    this.say();
  }

  stop() {
    cancelAnimationFrame(this.request);
    this.target = undefined;
  }

  say() {
    this.play.textContent = this.playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    if (!this.film) return;
    const frame = Math.round(this.time);
    this.range.value = this.target ?? frame;
    this.output.textContent = `${this.film.axis} ${this.film.names[frame]}`;
    this.range.setAttribute("aria-valuetext", this.output.textContent);
  }
}
