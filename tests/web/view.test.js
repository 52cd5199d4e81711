// The part of a plane that is visible.

import assert from "node:assert/strict";
import { test } from "node:test";
import { View, homeBox, roundToScreen } from "../../explorer/components/latent_pad/web/view.js";
import { assertClose } from "./support.js";

function viewOf(width, height, box) {
  const view = new View();
  view.resize(width, height);
  view.setHome(box);
  return view;
}

const WIDE = { xmin: -4, xmax: 4, ymin: -1, ymax: 1 };

test("home shows the whole box with the same scale on both axes and padding around it", () => {
  const view = viewOf(460, 260, WIDE); // 400 × 200 inside the padding
  assert.equal(view.scale, 50);
  assert.deepEqual(view.bounds(), { xmin: -4.6, xmax: 4.6, ymin: -2.6, ymax: 2.6 });
  assert.equal(viewOf(860, 80, WIDE).scale, 10, "the shorter side decides");
});

test("screen and world coordinates are inverse to each other, and only world y points up", () => {
  const view = viewOf(460, 260, WIDE);
  view.panBy(13, -7);
  view.zoomAt(100, 40, 1.7);
  const { x, y } = view.world(123, 45);
  assertClose([view.screenX(x), view.screenY(y)], [123, 45], 1e-9);
  assert.ok(view.world(0, 0).y > view.world(0, 1).y);
});

test("zooming keeps the point under the pointer in place", () => {
  const view = viewOf(460, 260, WIDE);
  const before = view.world(30, 200);
  view.zoomAt(30, 200, 3);
  assert.equal(view.scale, 150);
  const after = view.world(30, 200);
  assertClose([after.x, after.y], [before.x, before.y], 1e-12);
});

test("zooming is limited", () => {
  const view = viewOf(460, 260, WIDE);
  view.zoomAt(0, 0, 1e-9);
  assert.equal(view.scale, 50 / 30);
  view.zoomAt(0, 0, 1e30);
  assert.equal(view.scale, 50e6);
});

test("panning moves the world with the pointer", () => {
  const view = viewOf(460, 260, WIDE);
  const { x, y } = view.world(50, 60);
  view.panBy(20, 10);
  assertClose([view.screenX(x), view.screenY(y)], [70, 70], 1e-9);
});

test("a resize or a new home box changes only views that are at home", () => {
  const moved = viewOf(460, 260, WIDE);
  moved.panBy(1, 0);
  const { x, scale } = moved;
  moved.resize(900, 500);
  moved.moveHome({ xmin: 0, xmax: 1, ymin: 0, ymax: 1 });
  assert.deepEqual([moved.x, moved.scale], [x, scale]);
  const still = viewOf(460, 260, WIDE);
  still.resize(860, 460);
  assert.equal(still.scale, 100);
  still.moveHome({ xmin: 0, xmax: 1, ymin: 0, ymax: 1 });
  assert.deepEqual([still.x, still.y, still.scale], [0.5, 0.5, 400]);
  moved.goHome();
  assert.ok(moved.atHome);
});

test("coordinates are rounded to a hundredth of a pixel or less", () => {
  const view = viewOf(460, 260, WIDE); // 50 pixels per unit
  assert.equal(roundToScreen(1.23456789, view), 1.2346);
  assert.ok(Object.is(roundToScreen(-1e-9, view), 0), "no negative zero");
  view.scale = 1e-3;
  assert.equal(roundToScreen(1234.56, view), 1235);
  view.scale = 1e120;
  assert.equal(roundToScreen(1.5e-119, view), 1.5e-119, "needs more digits than toFixed allows");
});

test("the home box contains the prior if there is one, and never has zero size", () => {
  const box = { xmin: 0, xmax: 5, ymin: 0, ymax: 1 };
  assert.deepEqual(homeBox(box, false), box);
  assert.deepEqual(homeBox(box, true), { xmin: -3, xmax: 5, ymin: -3, ymax: 3 });
  assert.deepEqual(homeBox(null, false), { xmin: -3, xmax: 3, ymin: -3, ymax: 3 });
  const spot = (x) => homeBox({ xmin: x, xmax: x, ymin: 0, ymax: 0 }, false);
  assert.deepEqual(spot(2), { xmin: 1, xmax: 3, ymin: -1, ymax: 1 });
  assert.deepEqual(spot(1e6), { xmin: 999_000, xmax: 1_001_000, ymin: -1000, ymax: 1000 });
});
