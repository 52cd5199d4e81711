// The circles of N(0, I) and their names.

import assert from "node:assert/strict";
import { test } from "node:test";
import { circleNames } from "../../explorer/components/latent_pad/web/prior.js";

test("each circle has a name where there is room, and all have one where there is not", () => {
  assert.deepEqual(circleNames(50).map(({ text }) => text), ["1σ", "2σ", "3σ of N(0, I)"]);
  assert.deepEqual(circleNames(50).map(({ radius }) => radius), [50, 100, 150]);
  const [only, ...rest] = circleNames(2);
  assert.deepEqual([only.text, only.radius, rest], ["N(0, I)", 6, []]);
  assert.ok(only.apart > 0, "it is written beside circles of a few pixels");
});
