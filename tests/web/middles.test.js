// The middle of a class lies on one of its codes, and its name is written there once there is room.

import assert from "node:assert/strict";
import { test } from "node:test";
import { classMiddles, drawClassNames } from "../../explorer/components/latent_pad/web/middles.js";
import { PointSet } from "../../explorer/components/latent_pad/web/points.js";
import { View } from "../../explorer/components/latent_pad/web/view.js";

const cloud = (rows) => new PointSet(Float32Array.from(rows.flatMap((row) => row.slice(0, 2))), Uint8Array.from(rows, ([, , k]) => k));

test("the middle is the code nearest to the median, which may itself lie in a hole", () => {
  const ring = [[3, 0, 0], [-3, 0.1, 0], [0.5, 3, 0], [0, -3, 0], [100, 100, 1], [NaN, 0, 1]];
  const [first, second, third] = classMiddles(cloud(ring), 3);
  assert.ok(ring.some(([x, y, k]) => k === 0 && Math.abs(x - first.x) < 1e-6 && Math.abs(y - first.y) < 1e-6));
  assert.deepEqual(second, { x: 100, y: 100 });
  assert.equal(third, null);
});

function written(rows, classes, hidden = new Set()) {
  const said = [];
  const context = { measureText: (text) => ({ width: 8 * text.length }), strokeText() {}, fillText: (text) => said.push(text) };
  const points = cloud(rows);
  const view = new View();
  view.resize(400, 400);
  view.setHome({ xmin: -4, xmax: 4, ymin: -4, ymax: 4 });
  const middles = classMiddles(points, classes.length);
  const plane = { view, points, derived: { middles: () => middles } };
  drawClassNames(context, plane, { hidden, theme: { paper: "#fff", ink: "#000", font: "serif" } }, classes);
  return said;
}

test("every class is named at its middle, but for hidden ones", () => {
  const rows = [[-2, 0, 0], [2, 0, 1], [0, 3, 2]];
  assert.deepEqual(written(rows, ["zero", "one", "two"]), ["zero", "one", "two"]);
  assert.deepEqual(written(rows, ["zero", "one", "two"], new Set([1])), ["zero", "two"]);
});

test("no name covers another", () => {
  assert.deepEqual(written([[0, 0, 0], [0.001, 0, 1], [3, 3, 2]], ["0", "1", "2"]), ["0", "1", "2"], "there is room beside it");
  const heap = Array.from({ length: 9 }, (_, k) => [0.001 * k, 0, k]);
  assert.ok(written(heap, [..."abcdefghi"]).length < 9);
});

test("long names are shortened, and a single class needs none", () => {
  assert.deepEqual(written([[-3, 0, 0], [3, 0, 1]], ["a", "a name without an end"]), ["a", "a name withou…"]);
  assert.deepEqual(written([[0, 0, 0]], ["image"]), []);
});
