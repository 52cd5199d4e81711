// Keyboard control of the focused plane through a cursor, with everything that the mouse can do.

const STEP = 1 / 40; // of an arrow key, as a fraction of the plane's width
const KEY_ZOOM = 1.25;

/** @import { LatentPad } from "./pad.js" */
/** @import { Plane } from "./plane.js" */

/** @type {Record<string, [number, number]>} */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

export class KeyboardControl {
  /** @param {Plane} plane @param {LatentPad} pad */
  constructor(plane, pad) {
    this.plane = plane;
    this.pad = pad;
    plane.canvas.addEventListener("keydown", (event) => this.keydown(event));
    plane.canvas.addEventListener("blur", () => this.leave());
  }

  /** @param {KeyboardEvent} event */
  keydown(event) {
    const isUndo = (event.ctrlKey || event.metaKey) && event.key === "z" && this.pad.state.lost;
    if (!isUndo && (event.ctrlKey || event.metaKey || event.altKey)) return; // shortcuts of the browser
    const arrow = ARROWS[event.key];
    const move = arrow && (() => this.step(arrow, event.shiftKey ? 4 : 1));
    const action = isUndo ? () => this.pad.pins.undo() : (move ?? this.actions(event)[event.key]);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // Streamlit has its own shortcuts
    action();
  }

  /** @param {KeyboardEvent} event @returns {Record<string, () => void>} */
  actions({ shiftKey }) {
    const { plane, pad } = this;
    const { pins, selected } = pad.state;
    const remove = () => pad.pins.remove(selected >= 0 ? selected : pins.length - 1);
    const zoomIn = () => plane.zoom(KEY_ZOOM, this.cursorOnScreen());
    return {
      Enter: () => (shiftKey ? this.pinNearest() : pad.pins.add(plane, this.cursor())),
      Delete: remove,
      Backspace: remove,
      "+": zoomIn,
      "=": zoomIn, // the + key without Shift on many keyboards
      "-": () => plane.zoom(1 / KEY_ZOOM, this.cursorOnScreen()),
      0: () => plane.goHome(),
      Escape: () => pad.pins.select(-1),
    };
  }

  cursor() {
    const { view } = this.plane;
    return this.plane.cursor ?? { x: view.x, y: view.y };
  }

  cursorOnScreen() {
    const { view } = this.plane;
    const { x, y } = this.cursor();
    return { px: view.screenX(x), py: view.screenY(y) };
  }

  /** @param {[number, number]} direction @param {number} times */
  step([dx, dy], times) {
    const { plane, pad } = this;
    const { view } = plane;
    const length = (times * STEP * view.width) / view.scale;
    const from = this.cursor();
    plane.cursor = { x: from.x + dx * length, y: from.y + dy * length };
    const at = this.cursorOnScreen();
    const seen = at.px >= 0 && at.py >= 0 && at.px <= view.width && at.py <= view.height;
    if (!seen) {
      view.panBy((-dx * view.width) / 2, (dy * view.height) / 2);
      plane.moved();
    }
    pad.hover.at(plane, plane.place(plane.cursor.x, plane.cursor.y));
    pad.announcer.sayAtRest(plane.gaze.inWords(pad.classes, ", "));
  }

  pinNearest() {
    const { x, y } = this.cursor();
    this.pad.pins.addCode(this.plane, this.plane.derived.nearest.find(x, y, this.pad.state.hidden));
  }

  leave() {
    if (!this.plane.cursor) return;
    this.plane.cursor = null;
    this.pad.hover.leave();
  }
}
