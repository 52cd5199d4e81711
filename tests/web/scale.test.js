// The scale of the KL weight's slider.

import assert from "node:assert/strict";
import { test } from "node:test";
import { STEPS, placeOf, weightAt } from "../../explorer/components/live_controls/web/scale.js";
import { assertClose } from "./support.js";

test("the KL weight's scale starts at 0 and is logarithmic above", () => {
  assert.deepEqual([weightAt(0, 0.01, 300), weightAt(1, 0.01, 300), weightAt(STEPS, 0.01, 300)], [0, 0.01, 300]);
  assert.deepEqual([placeOf(0, 0.01, 300), placeOf(0.01, 0.01, 300)], [0, 1]);
  assertClose([placeOf(300, 0.01, 300), placeOf(Math.sqrt(3), 0.01, 300)], [STEPS, (STEPS + 1) / 2], 1e-9);
  for (let place = 0; place <= STEPS; place++) assertClose([placeOf(weightAt(place, 0.01, 300), 0.01, 300)], [place], 0.2);
});
