// The draw pad: a square field, the strokes in it, and buttons to undo them.
//
//   const settings = { pen: 0.1, prompt: "Draw here", height: 320, limits: { strokes: 40, points: 400 } };
//   const pad = new DrawPad(root, settings, { onStrokes });
//   pad.setStrokes([[[0.5, 0.1], [0.5, 0.9]]]);
//
// onStrokes(strokes) gets all strokes after each change: lists of [x, y] in [0, 1], y downwards.
// The style sheet style.css must be present in the same document or shadow root.

import { contextOf, element } from "../../web/dom.js";
import { simplify, withoutNeedless } from "./simplify.js";

/** @import { Data, Point, Stroke } from "./wire.d.ts" */

/** @typedef {Omit<Data, "strokes">} Settings */
/** @typedef {{ onStrokes?: (strokes: Stroke[]) => void }} Listeners */

const HELP = "Draw with a mouse, a pen or a finger. Control+Z undoes the last stroke, Delete clears the field.";
const LEAST_STEP = 0.001; // of the side: less is a tremor of the hand or the mouse
const MOST_RAW = 2000; // points of a stroke being drawn, before some are left out

export class DrawPad {
  /** @type {Stroke[]} */
  strokes = [];
  /** @type {{ pointer: number, points: Point[] } | null} the stroke under way */
  current = null;
  side = 0; // of the field, in the screen's own pixels
  request = 0; // of a frame of the screen, 0 for none
  canvas = element("canvas", { tabindex: 0, role: "img", "aria-describedby": "how" });
  prompt = element("div", { class: "prompt", "aria-hidden": "true" });
  undoButton = element("button", { type: "button", class: "undo", text: "Undo", on: { click: () => this.undo() } });
  clearButton = element("button", { type: "button", class: "clear", text: "Clear", on: { click: () => this.clear() } });
  count = element("span", { class: "count" });
  live = element("div", { class: "unseen", "aria-live": "polite" });
  element = element("div", { class: "themed draw-pad" }, [
    element("div", { class: "field" }, [this.canvas, this.prompt]),
    element("div", { class: "bar" }, [this.undoButton, this.clearButton, this.count]),
    element("div", { class: "unseen", id: "how", text: HELP }),
    this.live,
  ]);

  /** @param {HTMLElement | ShadowRoot} root @param {Settings} settings @param {Listeners} listeners */
  constructor(root, settings, { onStrokes = () => {} } = {}) {
    this.settings = settings;
    this.onStrokes = onStrokes;
    root.append(this.element);
    this.listen();
    this.observer = new ResizeObserver(() => this.fitToSize());
    this.observer.observe(this.canvas);
    this.configure(settings);
    this.changed();
  }

  destroy() {
    this.observer.disconnect();
    cancelAnimationFrame(this.request);
    this.element.remove();
  }

  // ---- what it shows

  /** @param {Settings} settings */
  configure(settings) {
    this.settings = settings;
    this.prompt.textContent = settings.prompt;
    this.element.style.setProperty("--draw-height", `${settings.height}px`);
    this.refresh();
  }

  // Take over strokes from outside, without reporting them back.
  /** @param {Stroke[]} strokes */
  setStrokes(strokes) {
    this.strokes = strokes;
    this.current = null;
    this.changed();
  }

  // ---- what a visitor does

  listen() {
    const { canvas } = this;
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.cancel(event));
    canvas.addEventListener("contextmenu", (event) => this.current && event.preventDefault());
  }

  /** @param {PointerEvent} event */
  down(event) {
    const most = this.settings.limits.strokes;
    if (event.button !== 0 || this.current) return; // a second finger draws nothing
    if (this.strokes.length >= most) return this.announce(`No more than ${most} strokes. Undo one first.`);
    this.canvas.setPointerCapture(event.pointerId);
    this.current = { pointer: event.pointerId, points: this.extended([], event) };
    this.changed();
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { current } = this;
    if (event.pointerId !== current?.pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const each of passed.length ? passed : [event]) current.points = this.extended(current.points, each);
    this.refresh();
  }

  /** @param {Point[]} points @param {PointerEvent} event @returns {Point[]} */
  extended(points, event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const within = (/** @type {number} */ value) => Math.min(1, Math.max(0, value));
    const [x, y] = [within((event.clientX - left) / width), within((event.clientY - top) / height)];
    const [lastX, lastY] = points.at(-1) ?? [Infinity, Infinity];
    if (Math.hypot(x - lastX, y - lastY) < LEAST_STEP) return points;
    points.push([x, y]);
    return points.length > MOST_RAW ? withoutNeedless(points) : points;
  }

  /** @param {PointerEvent} event */
  up(event) {
    const { current } = this;
    if (event.pointerId !== current?.pointer) return;
    this.strokes.push(simplify(this.extended(current.points, event), this.settings.limits.points));
    this.current = null;
    this.report(`Stroke ${this.strokes.length} drawn.`);
  }

  // The browser took the gesture for something else, such as a swipe: it was not a stroke.
  /** @param {PointerEvent} event */
  cancel(event) {
    if (event.pointerId !== this.current?.pointer) return;
    this.current = null;
    this.changed();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const undo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
    if (undo || event.key === "Backspace") this.undo();
    else if (event.key === "Delete") this.clear();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the page has its own keyboard shortcuts
  }

  undo() {
    if (!this.strokes.length) return;
    this.strokes.pop();
    this.report(`Stroke ${this.strokes.length + 1} undone.`);
  }

  clear() {
    if (!this.strokes.length) return;
    this.strokes = [];
    this.report("All strokes cleared.");
  }

  // ---- what it reports

  /** @param {string} words */
  report(words) {
    this.changed();
    this.announce(words);
    this.onStrokes(structuredClone(this.strokes));
  }

  /** @param {string} words */
  announce(words) {
    this.live.textContent = words;
  }

  // ---- how it is drawn

  changed() {
    const n = this.strokes.length;
    const words = n === 1 ? "1 stroke" : `${n} strokes`;
    for (const button of [this.undoButton, this.clearButton]) button.disabled = n === 0;
    this.prompt.hidden = n > 0 || this.current !== null;
    this.count.textContent = n ? words : "";
    this.canvas.setAttribute("aria-label", `Drawing field, ${n ? words : "empty"}`);
    this.refresh();
  }

  refresh() {
    if (this.side) this.request ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.request = 0;
    const { canvas, side } = this;
    const context = contextOf(canvas);
    context.clearRect(0, 0, side, side);
    const ink = getComputedStyle(this.element).getPropertyValue("--ink").trim();
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = Math.max(1, this.settings.pen * side);
    context.lineCap = context.lineJoin = "round";
    for (const points of [...this.strokes, this.current?.points ?? []]) {
      context.beginPath();
      for (const [x, y] of points) context.lineTo(x * side, y * side);
      context.stroke();
      if (points.length === 1) dot(context, points[0][0] * side, points[0][1] * side);
    }
  }

  fitToSize() {
    const side = Math.round(this.canvas.clientWidth * window.devicePixelRatio);
    if (!side) return;
    if (side !== this.side) this.side = this.canvas.width = this.canvas.height = side;
    // Draw at once: a resized canvas is blank, and waiting for the next frame would flicker.
    this.draw();
  }
}

// The canvas does not draw a line of length zero.
/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y */
function dot(context, x, y) {
  context.beginPath();
  context.arc(x, y, context.lineWidth / 2, 0, 2 * Math.PI);
  context.fill();
}
