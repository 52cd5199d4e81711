// The visitor's actions on pins, on a pad that only keeps its state.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Pinboard } from "../../explorer/components/latent_pad/web/pinboard.js";
import { pinAt, pinLetter } from "../../explorer/components/latent_pad/web/pins.js";
import { INITIAL, reduce } from "../../explorer/components/latent_pad/web/state.js";
import { View } from "../../explorer/components/latent_pad/web/view.js";
import { pointsAt } from "./support.js";

const view = new View();
view.resize(460, 460);
view.setHome({ xmin: -2, xmax: 2, ymin: -2, ymax: 2 }); // 100 pixels per unit
const plane = { index: 1, view, points: pointsAt([[0.25, 0.5], [1, -1]]), coordinates: ({ x, y }) => `${x} ${y}` };

class Pad {
  state = INITIAL;
  said = [];
  reports = 0;
  announcer = { say: (words) => this.said.push(words) };
  dispatch(action) {
    this.state = reduce(this.state, action);
  }
  report() {
    this.reports += 1;
  }
  followCodes() {
    const codes = Float32Array.of(0.5, 0.5, 2, 2); // a film has moved the codes meanwhile
    this.dispatch({ type: "follow codes", clouds: [{ codes: [] }, { codes }] });
  }
}

let [pad, board] = [];
beforeEach(() => {
  pad = new Pad();
  board = new Pinboard(pad);
});

test("a pin is set at screen precision, announced and reported", () => {
  board.add(plane, { x: 0.123456789, y: -1 });
  assert.deepEqual(pad.state.pins, [{ plane: 1, x: 0.1235, y: -1, point: null }]);
  assert.deepEqual([pad.said, pad.reports], [["Pin A set at 0.1235 -1."], 1]);
});

test("an image is pinned exactly at its code", () => {
  board.addCode(plane, 1);
  assert.deepEqual(pad.state.pins, [{ plane: 1, x: 1, y: -1, point: 1 }]);
  board.addCode(plane, -1);
  assert.equal(pad.state.pins.length, 1);
  assert.equal(pad.said.at(-1), "No code here to pin.");
  assert.equal(pad.reports, 1);
});

test("the 27th pin is rejected with a reason, and not reported", () => {
  for (let k = 0; k < 27; k++) board.add(plane, { x: k, y: 0 });
  assert.equal(pad.state.pins.length, 26);
  assert.equal(pad.reports, 26);
  assert.match(pad.said.at(-1), /at most 26 pins/);
});

test("a pin is not reported while it is dragged", () => {
  board.addCode(plane, 0);
  board.move(0, plane, { px: 330, py: 230 });
  assert.deepEqual(pad.state.pins, [{ plane: 1, x: 1, y: 0, point: null }]);
  assert.equal(pad.reports, 1);
});

test("pins are removed one by one or all at once", () => {
  for (const x of [0, 1, 2]) board.add(plane, { x, y: 0 });
  board.remove(1);
  assert.deepEqual(pad.state.pins.map(({ x }) => x), [0, 2]);
  assert.equal(pad.said.at(-1), "Pin B removed.");
  board.remove(7);
  assert.equal(pad.reports, 4);
  board.clear();
  assert.deepEqual([pad.state.pins, pad.reports], [[], 5]);
});

test("removed pins are put back, at the places where their images are now", () => {
  board.undo();
  assert.equal(pad.reports, 0, "there is nothing to put back");
  board.addCode(plane, 1);
  board.add(plane, { x: 1, y: 0 });
  board.remove(0);
  board.undo();
  assert.deepEqual(pad.state.pins, [{ plane: 1, x: 2, y: 2, point: 1 }, { plane: 1, x: 1, y: 0, point: null }]);
  assert.deepEqual([pad.said.at(-1), pad.reports], ["The removed pins are back.", 4]);
});

test("the pin under the pointer is the topmost on this plane within reach", () => {
  const pins = [[1, 0], [1, 0.05], [0, 0]].map(([x, y], k) => ({ plane: k === 2 ? 0 : 1, x, y, point: null }));
  const at = (px, py, reach = 11) => pinAt(pins, plane, { px, py }, reach);
  assert.equal(at(330, 230), 1);
  assert.equal(at(330, 240), 0, "the other one is out of reach");
  assert.equal(at(350, 230), -1);
  assert.equal(at(350, 230, 22), 1);
  assert.equal(at(230, 230), -1, "the pin there is on another plane");
});

test("pins have letters", () => assert.equal([0, 1, 25].map(pinLetter).join(""), "ABZ"));
