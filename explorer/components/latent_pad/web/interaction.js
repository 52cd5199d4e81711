// Mouse, pen and touch on one plane, in terms of what the pad can do.
//
// A press becomes a click unless the pointer travels; then it drags a pin, draws a zoom box
// (with Shift) or pans. Two fingers pinch.

import { pinAt } from "./pins.js";

const TRAVEL = 4; // pixels a pointer may tremble within a click
const DOUBLE_CLICK = { time: 350, distance: 8 }; // milliseconds, pixels
const REACH = { mouse: 11, pen: 14, touch: 22 }; // how close to a pin counts as on it, in pixels
const POINT_REACH = 14; // the same for pinning a code
const SMALLEST_BOX = 6; // pixels; anything less was a slip, not a zoom
const WHEEL_SPEED = 0.0016; // natural logarithm of the zoom per wheel pixel
const WHEEL_LINE = 18; // pixels in a "line", for mice that scroll by lines

export class PointerControl {
  constructor(plane, pad) {
    this.plane = plane;
    this.pad = pad;
    this.pointers = new Map(); // fingers down: id → {px, py}
    this.gesture = null; // {kind: "press" | "pin" | "pan" | "box" | "pinch", …}
    this.lastClick = { time: -Infinity };
    const { canvas } = plane;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.cancel(event));
    canvas.addEventListener("pointerleave", () => this.pad.hover.leave());
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("contextmenu", (event) => this.menu(event));
  }

  place(event) {
    const { left, top } = this.plane.canvas.getBoundingClientRect();
    return { px: event.clientX - left, py: event.clientY - top };
  }

  pinUnder({ px, py }, event) {
    const reach = REACH[event.pointerType] ?? REACH.mouse;
    return pinAt(this.pad.state.pins, this.plane.index, this.plane.view, px, py, reach);
  }

  down(event) {
    if (event.button !== 0) return;
    const at = this.place(event);
    this.pointers.set(event.pointerId, at);
    this.plane.canvas.setPointerCapture(event.pointerId);
    if (this.pointers.size === 2) this.gesture = { kind: "pinch" };
    else if (this.pointers.size === 1) {
      const pin = this.pinUnder(at, event);
      this.gesture = { kind: "press", start: at, last: at, pin, shift: event.shiftKey };
    }
  }

  move(event) {
    const at = this.place(event);
    if (!this.pointers.has(event.pointerId)) {
      this.plane.canvas.classList.toggle("on-pin", this.pinUnder(at, event) >= 0);
      this.plane.strip.stop();
      this.pad.hover.at(this.plane, this.plane.placeAt(at));
      return;
    }
    if (this.gesture?.kind === "pinch") this.pinch(event.pointerId, at);
    this.pointers.set(event.pointerId, at);
    if (this.gesture?.kind === "press" && distance(this.gesture.start, at) > TRAVEL) this.startDrag();
    if (this.gesture) this.drag(at);
  }

  startDrag() {
    const { gesture } = this;
    gesture.kind = gesture.pin >= 0 ? "pin" : gesture.shift ? "box" : "pan";
    this.plane.canvas.classList.add("dragging");
    this.pad.hover.leave();
  }

  drag(at) {
    const { gesture, plane, pad } = this;
    if (gesture.kind === "pin") pad.pins.move(gesture.pin, plane, at);
    if (gesture.kind === "pan") {
      plane.view.panBy(at.px - gesture.last.px, at.py - gesture.last.py);
      pad.repaint(plane);
    }
    if (gesture.kind === "box") {
      plane.box = rectangle(gesture.start, at);
      pad.refresh();
    }
    gesture.last = at;
  }

  // Zoom by the change of the fingers' distance about their middle, and pan with the middle.
  pinch(id, at) {
    const [before, other] = [this.pointers.get(id), ...otherPointers(this.pointers, id)];
    const { view } = this.plane;
    const middle = { px: (at.px + other.px) / 2, py: (at.py + other.py) / 2 };
    view.panBy((at.px - before.px) / 2, (at.py - before.py) / 2);
    view.zoomAt(middle.px, middle.py, distance(at, other) / Math.max(1, distance(before, other)));
    this.pad.repaint(this.plane);
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const { gesture } = this;
    // After a pinch the finger still down must not pan from where the pinch left it.
    this.finish();
    if (gesture?.kind === "press") this.click(gesture, event);
    if (gesture?.kind === "pin") this.pad.report();
    if (gesture?.kind === "box") this.zoomInto(rectangle(gesture.start, gesture.last));
  }

  cancel(event) {
    this.pointers.delete(event.pointerId);
    if (this.gesture?.kind === "pin") this.pad.report(); // the pin stays where it was dragged
    this.finish();
  }

  finish() {
    this.gesture = null;
    this.plane.box = null;
    this.plane.canvas.classList.remove("dragging");
    this.pad.refresh();
  }

  click({ start, pin, shift }, event) {
    const { pad, plane, lastClick } = this;
    const isDouble =
      event.timeStamp - lastClick.time < DOUBLE_CLICK.time &&
      distance(start, lastClick.at) < DOUBLE_CLICK.distance;
    this.lastClick = { time: -Infinity };
    if (isDouble) {
      // The first click of a double click on an empty place has set a pin: it is taken back.
      if (pin >= 0) pad.pins.remove(pin);
      if (lastClick.wasEmpty) pad.goHome(plane);
      return;
    }
    this.lastClick = { time: event.timeStamp, at: start, wasEmpty: pin < 0 };
    if (pin >= 0) pad.pins.select(pin);
    else if (shift) {
      pad.pins.addCode(plane, plane.codeNear(start, pad.state.hidden, POINT_REACH));
    } else pad.pins.add(plane, plane.view.world(start.px, start.py));
  }

  zoomInto({ left, top, width, height }) {
    if (Math.min(width, height) < SMALLEST_BOX) return;
    const { view } = this.plane;
    const { x: xmin, y: ymax } = view.world(left, top);
    const { x: xmax, y: ymin } = view.world(left + width, top + height);
    view.fit({ xmin, xmax, ymin, ymax });
    this.pad.repaint(this.plane);
  }

  wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE : 1);
    const { px, py } = this.place(event);
    this.plane.view.zoomAt(px, py, Math.exp(-WHEEL_SPEED * pixels));
    this.pad.repaint(this.plane);
    this.pad.hover.at(this.plane, this.plane.placeAt({ px, py }));
  }

  // Right click, or a long touch, removes a pin; elsewhere the browser's menu appears as usual.
  menu(event) {
    const pin = this.pinUnder(this.place(event), event);
    if (pin < 0) return;
    event.preventDefault();
    this.gesture = null;
    this.pad.pins.remove(pin);
  }
}

function distance(a, b) {
  return Math.hypot(a.px - b.px, a.py - b.py);
}

function otherPointers(pointers, id) {
  return [...pointers].filter(([other]) => other !== id).map(([, at]) => at);
}

function rectangle(a, b) {
  return {
    left: Math.min(a.px, b.px),
    top: Math.min(a.py, b.py),
    width: Math.abs(a.px - b.px),
    height: Math.abs(a.py - b.py),
  };
}
