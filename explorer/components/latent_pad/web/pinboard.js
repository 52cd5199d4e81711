// What a visitor does with pins.

import { MAX_PINS, pinLetter } from "./pins.js";
import { roundToScreen } from "./view.js";

export class Pinboard {
  constructor(pad) {
    this.pad = pad;
  }

  add(plane, { x, y }) {
    const round = (value) => roundToScreen(value, plane.view);
    this.insert({ plane: plane.index, x: round(x), y: round(y), point: null });
  }

  addCode(plane, point) {
    if (point < 0) return this.pad.announce("No code here to pin.");
    const { codes } = plane.points;
    this.insert({ plane: plane.index, x: codes[2 * point], y: codes[2 * point + 1], point });
  }

  insert(pin) {
    const { pad } = this;
    const { pins } = pad.state;
    if (pins.length >= MAX_PINS) return pad.announce(`${MAX_PINS} pins are the most. Remove one first.`);
    pins.push(pin);
    pad.selected = pins.length - 1;
    const plane = pad.planes[pin.plane];
    pad.announce(`Pin ${pinLetter(pad.selected)} set at ${plane.coordinates(pin)}.`);
    this.changed();
  }

  // While a pin is dragged nothing is reported: the caller reports once, at the end.
  move(index, plane, { px, py }) {
    const { pad } = this;
    if (!pad.state.pins[index]) return; // taken away from outside in the middle of a drag
    const { x, y } = plane.view.world(px, py);
    const round = (value) => roundToScreen(value, plane.view);
    pad.state.pins[index] = { plane: plane.index, x: round(x), y: round(y), point: null };
    this.select(index);
  }

  remove(index) {
    const { pad } = this;
    if (!pad.state.pins[index]) return;
    pad.state.pins.splice(index, 1);
    pad.selected = -1;
    pad.announce(`Pin ${pinLetter(index)} removed.`);
    this.changed();
  }

  clear() {
    this.pad.state.pins = [];
    this.pad.selected = -1;
    this.changed();
  }

  select(index) {
    this.pad.selected = index;
    this.pad.pinsChanged();
  }

  changed() {
    this.pad.changed();
    this.pad.report();
  }
}
