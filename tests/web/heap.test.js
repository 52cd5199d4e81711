// A collapsed cloud is noticed, and described by its numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { describeHeap, heapOf } from "../../explorer/components/latent_pad/web/heap.js";
import { pointsAt } from "./support.js";

test("a heap far smaller than the prior has collapsed", () => {
  const points = pointsAt([[0.5, 1], [0.502, 1.004], [NaN, 0]]);
  const heap = heapOf(points);
  assert.ok(Math.abs(heap.half - 0.002) < 1e-6);
  assert.equal(describeHeap(points, heap), "2 codes within ±0.0020");
  assert.equal(describeHeap(points, { ...heap, half: 0 }), "2 codes at the same point");
});

test("an outlier does not hide the others", () => {
  const rows = [...Array.from({ length: 99 }, (_, k) => [k * 1e-5, 0]), [0.05, 0.05]];
  const { x, y, half, core } = heapOf(pointsAt(rows));
  assert.ok(Math.abs(x - 5e-4) < 2e-5 && y === 0);
  assert.ok(half > 0.02 && core < 6e-4);
});

test("codes that spread along one dimension have not", () => {
  assert.equal(heapOf(pointsAt([[0, 0], [0.5, 0]])), null);
  assert.equal(heapOf(pointsAt([[0, 0], [0, 3]])), null);
});

test("neither has a single code, or none", () => {
  assert.equal(heapOf(pointsAt([[0, 0]])), null);
  assert.equal(heapOf(pointsAt([])), null);
});
