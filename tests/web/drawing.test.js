// Round numbers along the axes of the rate–distortion curve.

import assert from "node:assert/strict";
import { test } from "node:test";
import { niceTicks, numeral } from "../../explorer/components/rate_curve/web/drawing.js";

test("ticks of the curve are round numbers within its range", () => {
  assert.deepEqual(niceTicks(0, 9, 5), [0, 2, 4, 6, 8]);
  assert.deepEqual(niceTicks(-0.07, 0.32, 4).map(String), ["0", "0.1", "0.2", "0.3"]);
  assert.deepEqual(niceTicks(118.2, 203.9, 4), [150, 200]);
});

test("negative numbers have a minus sign", () => {
  assert.deepEqual([-1.5, 2, "-3.00"].map(numeral), ["−1.5", "2", "−3.00"]);
});
