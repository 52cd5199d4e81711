// A cloud of codes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pointsAt } from "./support.js";

test("codes that are not finite count, but lie nowhere", () => {
  const points = pointsAt([[1, 2], [NaN, 0], [-3, 4], [0, Infinity], [0, -5]]);
  assert.equal(points.count, 5);
  assert.deepEqual([...points.finite], [0, 2, 4]);
  assert.deepEqual(points.box, { xmin: -3, xmax: 1, ymin: -5, ymax: 4 });
});

test("an empty cloud has no box, nor has one without finite codes", () => {
  assert.equal(pointsAt([]).box, null);
  assert.equal(pointsAt([[NaN, NaN]]).box, null);
});

test("collapsed is a cloud of several codes on one spot", () => {
  assert.ok(pointsAt([[1, 2], [1, 2], [NaN, 9]]).collapsed);
  assert.ok(!pointsAt([[1, 2]]).collapsed);
  assert.ok(!pointsAt([[1, 2], [1, 2.5]]).collapsed);
  assert.ok(!pointsAt([]).collapsed);
});

test("a code's place and its distance from another", () => {
  const points = pointsAt([[9, 9], [1, 2]]);
  assert.deepEqual(points.at(1), { x: 1, y: 2 });
  assert.equal(points.distance(1, { x: 4, y: 6 }), 5);
});
