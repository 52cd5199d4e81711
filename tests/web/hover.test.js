// Hovering over a plane, and what the other planes show.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Derived } from "../../explorer/components/latent_pad/web/derived.js";
import { Gaze } from "../../explorer/components/latent_pad/web/gaze.js";
import { Hover } from "../../explorer/components/latent_pad/web/hover.js";
import { INITIAL } from "../../explorer/components/latent_pad/web/state.js";
import { pointsAt } from "./support.js";

function planeOf(index, points) {
  const plane = { index, points, derived: new Derived(points), place: (x, y) => ({ x, y, code: [x, y] }) };
  plane.coordinates = ({ x, y }) => `${x} ${y}`;
  plane.gaze = new Gaze(plane);
  return plane;
}

const PLACES = [[0, 0], [1, 1], [5, 5]];
let [pad, hover, here, there] = [];
beforeEach(() => {
  here = planeOf(0, pointsAt(PLACES, [0, 1, 2]));
  there = planeOf(1, pointsAt([[9, 9], [-2, 3], [NaN, 0]], [0, 1, 2]));
  pad = { planes: [here, there], state: INITIAL, painting: { refresh() {} }, onHover: (...where) => (pad.told = where) };
  hover = new Hover(pad);
});

test("the other plane shows the image at which the visitor points", () => {
  hover.at(here, here.place(0.9, 1));
  assert.deepEqual([here.gaze.place.x, here.gaze.nearest], [0.9, 1]);
  assert.deepEqual(there.gaze.place, { x: -2, y: 3, code: [-2, 3] });
  assert.deepEqual(pad.told, [0, 0.9, 1, 1]);
});

test("an image without a finite code in the other plane is not shown there", () => {
  hover.at(here, here.place(5, 5));
  assert.equal(there.gaze.place, null);
});

test("locked planes show the same z", () => {
  pad.state = { ...INITIAL, sameZ: true };
  hover.at(here, here.place(0.9, 1));
  assert.deepEqual(there.gaze.place, { x: 0.9, y: 1, code: [0.9, 1] });
  assert.equal(there.gaze.nearest, 1);
});

test("hidden classes are not found", () => {
  pad.state = { ...INITIAL, hidden: new Set([1]) };
  hover.at(here, here.place(0.9, 1));
  assert.equal(here.gaze.nearest, 0);
});

test("planes of other images show nothing", () => {
  pad.planes[1] = planeOf(1, pointsAt([[0, 0]]));
  hover.at(here, here.place(0, 0));
  assert.equal(pad.planes[1].gaze.place, null);
});

test("leaving the plane clears the gaze", () => {
  hover.at(here, here.place(0, 0));
  hover.leave();
  assert.deepEqual([here.gaze.place, there.gaze.place, here.gaze.nearest], [null, null, -1]);
});

test("the gaze is described in words", () => {
  assert.equal(here.gaze.inWords(["zero", "one", "two"], ", "), "");
  hover.at(here, here.place(4, 1));
  assert.equal(here.gaze.inWords(["zero", "one", "two"], ", "), "4 1, nearest code one, 3.0 away");
  pad.state = { ...INITIAL, hidden: new Set([0, 1, 2]) };
  hover.at(here, here.place(4, 1));
  assert.equal(here.gaze.inWords([], ", "), "4 1, no code");
});
