// Round numbers along the axes of the rate–distortion curve.

import assert from "node:assert/strict";
import { test } from "node:test";
import { explained, niceTicks, numeral } from "../../explorer/components/rate_curve/web/drawing.js";

test("ticks of the curve are round numbers within its range", () => {
  assert.deepEqual(niceTicks(0, 9, 5), [0, 2, 4, 6, 8]);
  assert.deepEqual(niceTicks(-0.07, 0.32, 4).map(String), ["0", "0.1", "0.2", "0.3"]);
  assert.deepEqual(niceTicks(118.2, 203.9, 4), [150, 200]);
});

test("negative numbers have a minus sign", () => {
  assert.deepEqual([-1.5, 2, "-3.00"].map(numeral), ["−1.5", "2", "−3.00"]);
});

test("who points at a name is told what it means", () => {
  globalThis.document = { createElementNS: (_, name) => ({ name, setAttribute() {} }) };
  const parts = [];
  const axis = { append: (part) => parts.push(part) };
  assert.equal(explained(axis, "what it means"), axis);
  assert.deepEqual(parts.map(({ name, textContent }) => [name, textContent]), [["title", "what it means"]]);
  delete globalThis.document;
});
