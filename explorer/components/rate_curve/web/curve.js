// The rate–distortion curve: a point for each model, and a handle that snaps to them.
//
//   const models = { points: [[rate, distortion], …], names: ["0.3", "1", …], edge: 9, height: 340 };
//   const curve = new RateCurve(root, models, { onPick });
//   curve.setCurrent(1);
//
// onPick(index) gets the model to which a visitor moved the handle: when it rests, is released, or by
// a key.
// The style sheet style.css must be present in the same document or shadow root.

import { element } from "../../web/dom.js";
import { explained, niceTicks, numeral, svg } from "./drawing.js";

/** @import { Data } from "./wire.d.ts" */

/** @typedef {Pick<Data, "points" | "names" | "edge" | "height">} Models */
/** @typedef {GlobalEventHandlers & Element} Part that can be dragged */
/** @typedef {(value: number) => number} Axis from a number to its place in CSS pixels */

const MARGIN = { left: 58, right: 16, top: 26, bottom: 44 };
const REST = 160; // ms without a move after which a handle that is still held counts as resting
const RATE = "What a code costs: KL(q(z|x) ‖ p(z)), how many nats it takes to tell a posterior from the prior";
const DISTORTION = "What is lost: −E log p(x|z). It may be negative, since a density can exceed 1";
const LABEL = { width: 7.5, height: 13 }; // of a character, approximately

export class RateCurve {
  current = 0;
  told = 0; // the index that was reported last
  dragging = false;
  /** @type {[number, number][]} of the models on the screen */
  places = [];
  /** @type {number | undefined} */
  resting;
  picture = svg("svg", { "aria-hidden": "true" });
  handle = element("div", {
    class: "handle", role: "slider", tabindex: 0, "aria-label": "Place on the rate–distortion curve", "aria-valuemin": 0,
  });
  element = element("div", { class: "themed rate-curve" }, [this.picture, this.handle]);

  /** @param {HTMLElement | ShadowRoot} root @param {Models} models @param {{ onPick?: (index: number) => void }} listeners */
  constructor(root, models, { onPick = () => {} } = {}) {
    this.models = models;
    this.onPick = onPick;
    root.append(this.element);
    this.listen();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.element);
  }

  destroy() {
    this.observer.disconnect();
    clearTimeout(this.resting);
    this.element.remove();
  }

  /** @param {Models} models */
  show(models) {
    const last = models.points.length - 1;
    this.models = models;
    this.current = Math.min(this.current, last);
    this.handle.setAttribute("aria-valuemax", String(last));
    this.draw();
  }

  // Take over an index from outside, without reporting it back.
  /** @param {number} index */
  setCurrent(index) {
    this.told = index;
    this.move(index);
  }

  // ---- what a visitor does

  listen() {
    for (const part of /** @type {Part[]} */ ([this.picture, this.handle])) {
      part.addEventListener("pointerdown", (event) => this.down(event, part));
      part.addEventListener("pointermove", (event) => this.dragging && this.follow(event));
      part.addEventListener("pointerup", () => this.up());
      part.addEventListener("pointercancel", () => this.up());
    }
    this.handle.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {PointerEvent} event @param {Part} part */
  down(event, part) {
    if (event.button !== 0 || this.dragging) return;
    event.preventDefault(); // do not select text
    part.setPointerCapture(event.pointerId);
    this.handle.focus({ preventScroll: true });
    this.dragging = true;
    this.element.classList.add("dragging");
    this.follow(event);
  }

  /** @param {PointerEvent} event */
  follow(event) {
    const { left, top } = this.element.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const distances = this.places.map(([px, py]) => Math.hypot(px - x, py - y));
    const nearest = distances.indexOf(Math.min(...distances));
    if (nearest === this.current) return;
    this.move(nearest);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.tell(), REST);
  }

  up() {
    if (!this.dragging) return;
    this.dragging = false;
    this.element.classList.remove("dragging");
    this.tell();
  }

  // Keys move in their direction on the screen: right and down the rate grows and the weight falls.
  /** @param {KeyboardEvent} event */
  key(event) {
    const last = this.models.points.length - 1;
    /** @type {Record<string, number>} */
    const targets = {
      ArrowRight: this.current - 1,
      ArrowDown: this.current - 1,
      ArrowLeft: this.current + 1,
      ArrowUp: this.current + 1,
      Home: 0,
      End: last,
    };
    if (!(event.key in targets)) return;
    event.preventDefault();
    event.stopPropagation(); // the page has its own keyboard shortcuts
    this.move(Math.max(0, Math.min(last, targets[event.key])));
    this.tell();
  }

  /** @param {number} index */
  move(index) {
    this.current = index;
    this.draw();
  }

  tell() {
    clearTimeout(this.resting);
    if (this.current === this.told) return;
    this.told = this.current;
    this.onPick(this.current);
  }

  // ---- how it is drawn

  draw() {
    const { models, current } = this;
    const { points, names, edge, height } = models;
    const width = this.element.clientWidth;
    if (!width) return;
    const right = width - MARGIN.right;
    const bottom = height - MARGIN.bottom;
    const low = Math.min(...points.map(([, y]) => y));
    const high = Math.max(...points.map(([, y]) => y));
    const pad = 0.06 * (high - low || 1);
    /** @type {Axis} */
    const x = (rate) => MARGIN.left + ((rate + 0.03 * edge) / (1.03 * edge)) * (right - MARGIN.left);
    /** @type {Axis} */
    const y = (distortion) => bottom - ((distortion - low + pad) / (high - low + 2 * pad)) * (bottom - MARGIN.top);
    // Models beyond the edge are drawn at the edge.
    this.places = points.map(([rate, distortion]) => [x(Math.min(rate, edge)), y(distortion)]);
    const line = points.map(([rate, distortion]) => `${x(rate)},${y(distortion)}`).join(" ");
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.picture.style.height = `${height}px`;
    this.picture.replaceChildren(
      ...this.axes(x, y, [low - pad, high + pad], right, bottom),
      svg("svg", { width: right, height: bottom }, [svg("polyline", { class: "curve", points: line })]), // cut off at the edge
      ...this.places.map(([px, py]) => svg("circle", { class: "model", cx: px, cy: py, r: 4 })),
      ...this.labels(right),
      svg("text", { class: "reading", x: right, y: 14, "text-anchor": "end" }, this.reading(current)),
    );
    const [px, py] = this.places[current];
    this.handle.style.transform = `translate(${px}px, ${py}px) translate(-50%, -50%)`;
    this.handle.setAttribute("aria-valuenow", String(current));
    this.handle.setAttribute("aria-valuetext", this.reading(current));
    this.handle.dataset.name = names[current];
  }

  /** @param {Axis} x @param {Axis} y @param {[number, number]} range of y @param {number} right @param {number} bottom */
  axes(x, y, [low, high], right, bottom) {
    const across = niceTicks(0, this.models.edge, (right - MARGIN.left) / 70);
    const up = niceTicks(low, high, (bottom - MARGIN.top) / 50);
    const middle = (MARGIN.top + bottom) / 2;
    return [
      ...up.map((value) => svg("line", { class: "grid", x1: MARGIN.left, x2: right, y1: y(value), y2: y(value) })),
      ...up.map((value) => svg("text", { x: MARGIN.left - 8, y: y(value) + 4, "text-anchor": "end" }, numeral(value))),
      ...across.map((value) => svg("text", { x: x(value), y: bottom + 18, "text-anchor": "middle" }, numeral(value))),
      explained(
        svg("text", { class: "rate", x: (MARGIN.left + right) / 2, y: this.models.height - 6, "text-anchor": "middle" }, "rate: KL, nats per image"),
        RATE,
      ),
      explained(
        svg("text", { transform: `translate(13 ${middle}) rotate(-90)`, "text-anchor": "middle" }, "distortion: −E log p(x|z), nats per image"),
        DISTORTION,
      ),
    ];
  }

  // The names of the models, except where they would overlap.
  /** @param {number} right */
  labels(right) {
    /** @type {{ x: number, y: number, wide: number }[]} */
    const taken = [];
    /** @type {SVGElement[]} */
    const drawn = [];
    this.places.forEach(([px, py], k) => {
      const { points, names, edge } = this.models;
      const beyond = points[k][0] > edge;
      const words = beyond ? `β = ${names[k]} →` : names[k];
      const wide = words.length * LABEL.width;
      const atEnd = px + 8 + wide > right;
      const box = { x: atEnd ? px - 4 - wide : px + 8, y: py + (beyond ? 20 : -8), wide };
      const clash = taken.some((other) => Math.abs(other.y - box.y) < LABEL.height && box.x < other.x + other.wide && other.x < box.x + wide);
      if (clash) return;
      taken.push(box);
      drawn.push(svg("text", { class: "name", x: atEnd ? px - 4 : px + 8, y: box.y, "text-anchor": atEnd ? "end" : "start" }, words));
    });
    return drawn;
  }

  /** @param {number} index */
  reading(index) {
    const [rate, distortion] = this.models.points[index];
    return `β = ${this.models.names[index]}: rate ${rate.toFixed(2)}, distortion ${numeral(distortion.toFixed(2))} nats`;
  }
}
