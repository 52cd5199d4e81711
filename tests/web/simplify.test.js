// Fewer points for the same line.

import assert from "node:assert/strict";
import { test } from "node:test";
import { simplify, withoutNeedless } from "../../explorer/components/draw_pad/web/simplify.js";
import { assertClose, randomFrom } from "./support.js";

test("only the points that a stroke needs are kept", () => {
  const cases = [
    [[[0.5, 0.5]], [[0.5, 0.5]]],
    [[[0.5, 0.5], [0.5001, 0.5]], [[0.5, 0.5]]],
    [[[0, 0], [0.5, 0.001], [1, 0]], [[0, 0], [1, 0]]],
    [[[0, 0], [0.5, 0.01], [1, 0]], [[0, 0], [0.5, 0.01], [1, 0]]],
    [[[0, 0], [1, 0], [0, 0]], [[0, 0], [1, 0], [0, 0]]],
  ];
  for (const [points, kept] of cases) assert.deepEqual(simplify(points, 400), kept);
});

test("a scribble is reduced to the limit and keeps its first and last point", () => {
  const scribble = Array.from({ length: 3000 }, (_, i) => [Math.abs(Math.sin(i * 1.7)), i / 3000]);
  const kept = simplify(scribble, 400);
  assert.ok(kept.length > 50 && kept.length <= 400);
  assert.deepEqual(kept[0], [0, 0]);
  assertClose(kept.at(-1), scribble.at(-1), 5e-4);
});

test("removed points are within the tolerance of the line", () => {
  const random = randomFrom(4);
  const walk = [[0.5, 0.5]];
  while (walk.length < 200) walk.push(walk.at(-1).map((value) => value + (random() - 0.5) / 50));
  const kept = withoutNeedless(walk, 0.01);
  assert.ok(kept.length < 120);
  for (const point of walk) {
    const distances = kept.slice(1).map((end, k) => distanceToSegment(point, kept[k], end));
    assert.ok(Math.min(...distances) <= 0.01 + 1e-12);
  }
});

// Approximated by trying many points of the segment.
function distanceToSegment([x, y], [ax, ay], [bx, by]) {
  const shares = Array.from({ length: 101 }, (_, k) => k / 100);
  const least = Math.min(...shares.map((t) => Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay))));
  return least - Math.hypot(bx - ax, by - ay) / 200;
}
