// Translates mouse, pen and touch events on one plane into actions of the pad.
//
// A press becomes a click unless the pointer moves; then it drags a pin, draws a zoom box (with
// Shift) or pans. One finger scrolls the page, two pan and zoom; a tap points at a place, and a
// finger held there pins it. The wheel scrolls too, unless Ctrl is held or the plane was clicked.

import { pinAt } from "./pins.js";
import { zoomOf } from "./theme.js";

/** @import { Rectangle } from "./overlay.js" */
/** @import { LatentPad } from "./pad.js" */
/** @import { Plane } from "./plane.js" */
/** @import { Spot } from "./view.js" */

const TRAVEL = 4; // pixels a pointer may move within a click
const DOUBLE_CLICK = { time: 350, distance: 8 }; // milliseconds, pixels
/** @type {Record<string, number>} */
const REACH = { mouse: 11, pen: 14, touch: 22 }; // pixels from a pin that count as on it
const HOLD = 500; // ms for which a finger rests to set a pin
const POINT_REACH = 14; // the same for pinning a code
const SMALLEST_BOX = 6; // pixels; smaller boxes are taken for accidental drags
const WHEEL_SPEED = 0.0016; // natural logarithm of the zoom factor per wheel pixel
const WHEEL_LINE = 18; // pixels per line, for mice that scroll by lines

/**
 * The gesture of the pointers that are down: its first and last position, the pin under the first
 * one or -1, and whether Shift was held. A pinch is described by the pointers alone.
 * @typedef {{ kind: "press" | "pin" | "pan" | "box", start: Spot, last: Spot, pin: number, shift: boolean }} Drag
 * @typedef {Drag | { kind: "pinch" }} Gesture
 */

/** @typedef {{ time: number, at: Spot, wasEmpty: boolean }} Click event time in ms; whether no pin was there */

export class PointerControl {
  /** @type {Map<number, Spot>} pointers that are down, by id */
  pointers = new Map();
  /** @type {Gesture | null} */
  gesture = null;
  /** @type {number | undefined} the timer of a finger that rests */
  holding;
  /** @type {Click | null} the click that a second one would turn into a double click */
  lastClick = null;

  /** @param {Plane} plane @param {LatentPad} pad */
  constructor(plane, pad) {
    this.plane = plane;
    this.pad = pad;
    const { canvas } = plane;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.cancel(event));
    canvas.addEventListener("pointerleave", (event) => this.leave(event));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("touchstart", (event) => this.touch(event), { passive: false });
    canvas.addEventListener("touchmove", (event) => this.touch(event), { passive: false });
    canvas.addEventListener("contextmenu", (event) => this.menu(event));
  }

  /** @param {MouseEvent} event @returns {Spot} */
  spot(event) {
    const { canvas } = this.plane;
    const { left, top } = canvas.getBoundingClientRect();
    const zoom = zoomOf(canvas);
    return { px: (event.clientX - left) / zoom, py: (event.clientY - top) / zoom };
  }

  /** @param {Spot} at @param {MouseEvent} event */
  pinUnder(at, event) {
    const kind = event instanceof PointerEvent ? event.pointerType : "mouse";
    return pinAt(this.pad.state.pins, this.plane, at, REACH[kind] ?? REACH.mouse);
  }

  // Keep the page from scrolling under two fingers, and under one that drags a pin.
  /** @param {TouchEvent} event */
  touch(event) {
    const onPin = this.gesture?.kind !== "pinch" && (this.gesture?.pin ?? -1) >= 0;
    if ((event.touches.length > 1 || onPin) && event.cancelable) event.preventDefault();
  }

  // What a finger has tapped stays shown when it is lifted.
  /** @param {PointerEvent} event */
  leave(event) {
    if (event.pointerType !== "touch") this.pad.hover.leave();
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button !== 0) return;
    const at = this.spot(event);
    this.pointers.set(event.pointerId, at);
    this.plane.canvas.setPointerCapture(event.pointerId);
    if (this.pointers.size === 2) this.gesture = { kind: "pinch" };
    else if (this.pointers.size === 1) {
      const pin = this.pinUnder(at, event);
      this.gesture = { kind: "press", start: at, last: at, pin, shift: event.shiftKey };
      if (event.pointerType === "touch") this.holding = setTimeout(() => this.hold(at, pin), HOLD);
    }
  }

  /** @param {PointerEvent} event */
  move(event) {
    const at = this.spot(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      this.plane.canvas.classList.toggle("on-pin", this.pinUnder(at, event) >= 0);
      this.plane.strip.stop();
      this.pad.hover.at(this.plane, this.plane.placeAt(at));
      return;
    }
    if (this.gesture?.kind === "pinch") this.pinch(event.pointerId, before, at);
    this.pointers.set(event.pointerId, at);
    if (!this.gesture || this.gesture.kind === "pinch") return;
    if (this.gesture.kind === "press" && distance(this.gesture.start, at) > TRAVEL) this.startDrag(this.gesture);
    this.drag(this.gesture, at);
  }

  /** @param {Drag} gesture */
  startDrag(gesture) {
    gesture.kind = gesture.pin >= 0 ? "pin" : gesture.shift ? "box" : "pan";
    this.plane.canvas.classList.add("dragging");
    this.pad.hover.leave();
  }

  /** @param {Drag} gesture @param {Spot} at */
  drag(gesture, at) {
    const { plane, pad } = this;
    if (gesture.kind === "pin") pad.pins.move(gesture.pin, plane, at);
    if (gesture.kind === "pan") {
      plane.view.panBy(at.px - gesture.last.px, at.py - gesture.last.py);
      plane.moved();
    }
    if (gesture.kind === "box") {
      plane.box = rectangle(gesture.start, at);
      pad.painting.refresh();
    }
    gesture.last = at;
  }

  // Zoom about the midpoint of two fingers as their distance changes, and pan with the midpoint.
  /** @param {number} id of the moving finger @param {Spot} before @param {Spot} at */
  pinch(id, before, at) {
    const other = [...this.pointers].find(([finger]) => finger !== id)?.[1];
    if (!other) return;
    const { view } = this.plane;
    const middle = { px: (at.px + other.px) / 2, py: (at.py + other.py) / 2 };
    view.panBy((at.px - before.px) / 2, (at.py - before.py) / 2);
    view.zoomAt(middle.px, middle.py, distance(at, other) / Math.max(1, distance(before, other)));
    this.plane.moved();
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const { gesture } = this;
    // After a pinch, the finger that is still down must not start to pan.
    this.finish();
    if (gesture?.kind === "press") this.click(gesture, event);
    if (gesture?.kind === "pin") this.pad.report();
    if (gesture?.kind === "box") this.zoomInto(rectangle(gesture.start, gesture.last));
  }

  /** @param {PointerEvent} event */
  cancel(event) {
    this.pointers.delete(event.pointerId);
    if (this.gesture?.kind === "pin") this.pad.report(); // the pin stays where it was dragged
    this.finish();
  }

  finish() {
    clearTimeout(this.holding);
    this.gesture = null;
    this.plane.box = null;
    this.plane.canvas.classList.remove("dragging");
    this.pad.painting.refresh();
  }

  /** @param {Drag} gesture @param {PointerEvent} event */
  click({ start, pin, shift }, event) {
    const { pad, plane, lastClick } = this;
    const isSoon = lastClick && event.timeStamp - lastClick.time < DOUBLE_CLICK.time;
    if (isSoon && distance(start, lastClick.at) < DOUBLE_CLICK.distance) {
      this.lastClick = null;
      // The first click of a double click on an empty spot has set a pin, which is removed again.
      if (pin >= 0) pad.pins.remove(pin, lastClick.wasEmpty);
      if (lastClick.wasEmpty) plane.goHome();
      return;
    }
    this.lastClick = { time: event.timeStamp, at: start, wasEmpty: pin < 0 };
    if (event.pointerType === "touch") pad.hover.at(plane, plane.placeAt(start));
    if (pin >= 0) pad.pins.select(pin);
    else if (event.pointerType === "touch") return;
    else if (shift) pad.pins.addCode(plane, plane.codeNear(start, pad.state.hidden, POINT_REACH));
    else pad.pins.add(plane, plane.view.world(start.px, start.py));
  }

  /** @param {Rectangle} box */
  zoomInto({ left, top, width, height }) {
    if (Math.min(width, height) < SMALLEST_BOX) return;
    const { view } = this.plane;
    const { x: xmin, y: ymax } = view.world(left, top);
    const { x: xmax, y: ymin } = view.world(left + width, top + height);
    view.fit({ xmin, xmax, ymin, ymax });
    this.plane.moved();
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    if (!event.ctrlKey && !this.plane.canvas.matches(":focus")) return this.plane.hint.show();
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE : 1);
    const at = this.spot(event);
    this.plane.zoom(Math.exp(-WHEEL_SPEED * pixels), at);
    this.pad.hover.at(this.plane, this.plane.placeAt(at));
  }

  // A finger that is held sets a pin, or removes the one under it.
  /** @param {Spot} at @param {number} pin index, or -1 */
  hold(at, pin) {
    if (this.gesture?.kind !== "press") return;
    this.gesture = null;
    if (pin >= 0) this.pad.pins.remove(pin);
    else this.pad.pins.add(this.plane, this.plane.view.world(at.px, at.py));
  }

  // A right click removes a pin; elsewhere it opens the browser's menu as usual. A finger that is
  // held opens none.
  /** @param {MouseEvent} event */
  menu(event) {
    const isTouch = event instanceof PointerEvent && event.pointerType === "touch";
    const pin = isTouch ? -1 : this.pinUnder(this.spot(event), event);
    if (pin < 0 && !isTouch) return;
    event.preventDefault();
    if (pin < 0) return;
    this.gesture = null;
    this.pad.pins.remove(pin);
  }
}

/** @param {Spot} a @param {Spot} b */
function distance(a, b) {
  return Math.hypot(a.px - b.px, a.py - b.py);
}

/** @param {Spot} a @param {Spot} b @returns {Rectangle} */
function rectangle(a, b) {
  return {
    left: Math.min(a.px, b.px),
    top: Math.min(a.py, b.py),
    width: Math.abs(a.px - b.px),
    height: Math.abs(a.py - b.py),
  };
}
