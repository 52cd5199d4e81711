// The draw pad: a square field, the strokes in it, and what takes them back.
//
//   const pad = new DrawPad(root, { onStrokes });
//   pad.configure({ pen: 0.1, prompt: "Draw here", height: 320, limits: { strokes: 40, points: 400 } });
//   pad.setStrokes([[[0.5, 0.1], [0.5, 0.9]]]);
//
// onStrokes(strokes) hears all strokes after each change: lists of [x, y] in [0, 1], y downwards.
// The style sheet style.css must be present in the same document or shadow root.

import { simplify, withoutNeedless } from "./simplify.js";

const LEAST_STEP = 0.001; // of the side: less is the hand's tremor, or the mouse's
const MOST_RAW = 2000; // points of a stroke that is being drawn, until some are left out

export class DrawPad {
  constructor(root, { onStrokes = () => {} } = {}) {
    this.onStrokes = onStrokes;
    this.strokes = [];
    this.current = null; // the stroke under way: {pointer, points}
    this.side = 0; // of the field, in the screen's own pixels
    this.element = document.createElement("div");
    this.element.className = "themed draw-pad";
    this.element.innerHTML = `
      <div class="field">
        <canvas tabindex="0" role="img" aria-describedby="how"></canvas>
        <div class="prompt" aria-hidden="true"></div>
      </div>
      <div class="bar">
        <button type="button" class="undo">Undo</button>
        <button type="button" class="clear">Clear</button>
        <span class="count"></span>
      </div>
      <div class="unseen" id="how">
        Drawing takes a mouse, a pen or a finger. Control Z takes the last stroke back, Delete all.
      </div>
      <div class="unseen" aria-live="polite"></div>`;
    const part = (selector) => this.element.querySelector(selector);
    this.canvas = part("canvas");
    this.prompt = part(".prompt");
    this.count = part(".count");
    this.live = part("[aria-live]");
    this.buttons = { undo: part(".undo"), clear: part(".clear") };
    root.append(this.element);
    this.listen();
    this.observer = new ResizeObserver(() => this.fitToSize());
    this.observer.observe(this.canvas);
    this.changed();
  }

  destroy() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    this.element.remove();
  }

  // ---- what it shows

  configure({ pen, prompt, height, limits }) {
    this.pen = pen;
    this.limits = limits;
    this.prompt.textContent = prompt;
    this.element.style.setProperty("--draw-height", `${height}px`);
    this.refresh();
  }

  // Take over strokes as they come from outside, without reporting them back.
  setStrokes(strokes) {
    this.strokes = strokes;
    this.current = null;
    this.changed();
  }

  // ---- what a visitor does

  listen() {
    const { canvas, buttons } = this;
    buttons.undo.addEventListener("click", () => this.undo());
    buttons.clear.addEventListener("click", () => this.clear());
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.cancel(event));
    canvas.addEventListener("contextmenu", (event) => this.current && event.preventDefault());
  }

  down(event) {
    if (event.button !== 0 || this.current) return; // a second finger draws nothing
    if (this.strokes.length >= this.limits.strokes) {
      return this.announce(`${this.limits.strokes} strokes are the most. Undo one first.`);
    }
    this.canvas.setPointerCapture(event.pointerId);
    this.current = { pointer: event.pointerId, points: [] };
    this.extend(event);
    this.changed();
  }

  move(event) {
    if (event.pointerId !== this.current?.pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const each of passed.length ? passed : [event]) this.extend(each);
    this.refresh();
  }

  extend(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const within = (value) => Math.min(1, Math.max(0, value));
    const [x, y] = [within((event.clientX - left) / width), within((event.clientY - top) / height)];
    const { points } = this.current;
    const [lastX, lastY] = points.at(-1) ?? [Infinity, Infinity];
    if (Math.hypot(x - lastX, y - lastY) < LEAST_STEP) return;
    points.push([x, y]);
    if (points.length > MOST_RAW) this.current.points = withoutNeedless(points);
  }

  up(event) {
    if (event.pointerId !== this.current?.pointer) return;
    this.extend(event);
    this.strokes.push(simplify(this.current.points, this.limits.points));
    this.current = null;
    this.report(`Stroke ${this.strokes.length} drawn.`);
  }

  // The browser has made something else of it, a swipe for instance: that was no stroke.
  cancel(event) {
    if (event.pointerId !== this.current?.pointer) return;
    this.current = null;
    this.changed();
  }

  key(event) {
    const undo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
    if (undo || event.key === "Backspace") this.undo();
    else if (event.key === "Delete") this.clear();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the page has keys of its own
  }

  undo() {
    if (!this.strokes.length) return;
    this.strokes.pop();
    this.report(`Stroke ${this.strokes.length + 1} taken back.`);
  }

  clear() {
    if (!this.strokes.length) return;
    this.strokes = [];
    this.report("All strokes taken back.");
  }

  // ---- how it tells

  report(words) {
    this.changed();
    this.announce(words);
    this.onStrokes(this.strokes.map((stroke) => stroke.map((point) => [...point])));
  }

  announce(words) {
    this.live.textContent = words;
  }

  // ---- how it is drawn

  changed() {
    const n = this.strokes.length;
    const words = n === 1 ? "1 stroke" : `${n} strokes`;
    for (const button of Object.values(this.buttons)) button.disabled = n === 0;
    this.prompt.hidden = n > 0 || this.current !== null;
    this.count.textContent = n ? words : "";
    this.canvas.setAttribute("aria-label", `Drawing field, ${n ? words : "empty"}`);
    this.refresh();
  }

  refresh() {
    if (this.side) this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = null;
    const { canvas, side } = this;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, side, side);
    const ink = getComputedStyle(this.element).getPropertyValue("--ink").trim();
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = Math.max(1, this.pen * side);
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
    // Drawn at once: a resized canvas is blank, and waiting for the next frame would flicker.
    this.draw();
  }
}

// A line of no length is not drawn.
function dot(context, x, y) {
  context.beginPath();
  context.arc(x, y, context.lineWidth / 2, 0, 2 * Math.PI);
  context.fill();
}
