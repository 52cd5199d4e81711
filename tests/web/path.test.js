// Paths through the codes of pins.

import assert from "node:assert/strict";
import { test } from "node:test";
import { along, sampled } from "../../explorer/components/latent_pad/web/path.js";
import { assertClose, fixture } from "./support.js";

for (const { name, kind, pins, codes } of fixture("paths")) {
  test(`interpolates like Python: ${name}`, () => {
    const path = sampled(pins, codes.length, kind);
    for (const [k, code] of path.entries()) assertClose(code, codes[k], 1e-6);
  });
}

test("all segments count equally, whatever their length", () => {
  const pins = [[0, 0], [1, 0], [1, 100]];
  assert.deepEqual(along(pins, 0.25, "linear"), [0.5, 0]);
  assert.deepEqual(along(pins, 0.5, "linear"), [1, 0]);
  assert.deepEqual(along(pins, 0.75, "linear"), [1, 50]);
  assert.deepEqual(along(pins, 1, "linear"), [1, 100]);
});

test("an arc between codes of equal norm keeps the norm and turns at constant speed", () => {
  const [from, to] = [[2, 0, 0], [0, 2, 0]];
  for (const share of [0, 0.25, 0.5, 1]) {
    const angle = (share * Math.PI) / 2;
    assertClose(along([from, to], share, "spherical"), [2 * Math.cos(angle), 2 * Math.sin(angle), 0], 1e-12);
  }
});
