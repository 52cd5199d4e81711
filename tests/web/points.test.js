// A cloud of codes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pointsAt } from "./support.js";

test("codes that are not finite are counted but have no position", () => {
  const points = pointsAt([[1, 2], [NaN, 0], [-3, 4], [0, Infinity], [0, -5]]);
  assert.equal(points.count, 5);
  assert.deepEqual([...points.finite], [0, 2, 4]);
  assert.deepEqual(points.box, { xmin: -3, xmax: 1, ymin: -5, ymax: 4 });
});

test("a cloud that is empty or has no finite codes has no box", () => {
  assert.equal(pointsAt([]).box, null);
  assert.equal(pointsAt([[NaN, NaN]]).box, null);
});

test("a cloud is collapsed if it has several codes, all at the same point", () => {
  assert.ok(pointsAt([[1, 2], [1, 2], [NaN, 9]]).collapsed);
  assert.ok(!pointsAt([[1, 2]]).collapsed);
  assert.ok(!pointsAt([[1, 2], [1, 2.5]]).collapsed);
  assert.ok(!pointsAt([]).collapsed);
});

test("a code's position and its distance from a point", () => {
  const points = pointsAt([[9, 9], [1, 2]]);
  assert.deepEqual(points.at(1), { x: 1, y: 2 });
  assert.equal(points.distance(1, { x: 4, y: 6 }), 5);
});
