// The visitor's actions on pins.

import { pinLetter } from "./pins.js";
import { MAX_PINS } from "./state.js";
import { roundToScreen } from "./view.js";

/** @import { LatentPad } from "./pad.js" */
/** @import { Plane } from "./plane.js" */
/** @import { Pin } from "./state.js" */
/** @import { Spot } from "./view.js" */

export class Pinboard {
  /** @param {LatentPad} pad */
  constructor(pad) {
    this.pad = pad;
  }

  /** @param {Plane} plane @param {{ x: number, y: number }} place */
  add(plane, place) {
    this.insert(plane, picked(plane, place));
  }

  /** @param {Plane} plane @param {number} point index of a code, or -1 */
  addCode(plane, point) {
    if (point < 0) return this.pad.announcer.say("No code here to pin.");
    this.insert(plane, { plane: plane.index, ...plane.points.at(point), point });
  }

  /** @param {Plane} plane @param {Pin} pin */
  insert(plane, pin) {
    const { pad } = this;
    const before = pad.state;
    pad.dispatch({ type: "add pin", pin });
    if (pad.state === before) return pad.announcer.say(`There can be at most ${MAX_PINS} pins. Remove one first.`);
    pad.announcer.say(`Pin ${pinLetter(pad.state.selected)} set at ${plane.coordinates(pin)}.`);
    pad.report();
  }

  // Does not report, as it is called throughout a drag; the caller reports once at the end.
  /** @param {number} index @param {Plane} plane @param {Spot} spot */
  move(index, plane, { px, py }) {
    this.pad.dispatch({ type: "move pin", index, pin: picked(plane, plane.view.world(px, py)) });
  }

  /** @param {number} index @param {boolean} [forget] whether it cannot be put back, as it was not meant to be set */
  remove(index, forget = false) {
    const { pad } = this;
    const before = pad.state;
    pad.dispatch({ type: "remove pin", index, forget });
    if (pad.state === before) return;
    pad.announcer.say(`Pin ${pinLetter(index)} removed.`);
    pad.report();
  }

  clear() {
    this.pad.dispatch({ type: "clear pins" });
    this.pad.report();
  }

  // Put back the pins that were removed last.
  undo() {
    const { pad } = this;
    if (!pad.state.lost) return;
    pad.dispatch({ type: "restore pins" });
    pad.followCodes(); // a film may have moved them meanwhile
    pad.announcer.say("The removed pins are back.");
    pad.report();
  }

  /** @param {number} index of a pin, or -1 */
  select(index) {
    this.pad.dispatch({ type: "select pin", index });
  }
}

/** @param {Plane} plane @param {{ x: number, y: number }} place @returns {Pin} */
function picked({ index, view }, { x, y }) {
  return { plane: index, x: roundToScreen(x, view), y: roundToScreen(y, view), point: null };
}
