// The pullback metric of a decoder in the plane.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Metric } from "../../explorer/components/latent_pad/web/metric.js";
import { assertClose, normalFrom } from "./support.js";

test("the metric of a map that stretches along rotated axes", () => {
  const turn = 0.4;
  const [c, s] = [Math.cos(turn), Math.sin(turn)];
  // J = diag(3, 0.5) R(−turn): stretches by 3 in direction `turn`, by 0.5 perpendicular to it.
  const metric = new Metric([Float32Array.of(3 * c, -0.5 * s), Float32Array.of(3 * s, 0.5 * c)]);
  assertClose(metric.singular, [3, 0.5], 1e-6);
  assertClose([metric.steepest], [turn], 1e-6);
  assertClose(metric.indicatrix({ x: 1, y: 2 }, 6, 100), [1, 2, 2, 12, turn], 1e-5);
  assertClose(metric.indicatrix({ x: 1, y: 2 }, 6, 5), [1, 2, 2, 5, turn], 1e-5, "no longer than the limit");
});

test("a step on the indicatrix changes the picture by the given amount", () => {
  const normal = normalFrom(5);
  const changes = [0, 1].map(() => Float32Array.from({ length: 30 }, normal));
  const [x, y, first, second, angle] = new Metric(changes).indicatrix({ x: 0, y: 0 }, 0.25, 100);
  for (let t = 0; t < 6; t += 0.5) {
    const [a, b] = [first * Math.cos(t), second * Math.sin(t)];
    const [u, v] = [x + a * Math.cos(angle) - b * Math.sin(angle), y + a * Math.sin(angle) + b * Math.cos(angle)];
    const change = Math.hypot(...changes[0].map((one, p) => u * one + v * changes[1][p]));
    assertClose([change], [0.25], 1e-6);
  }
});

test("the metric of a constant map, and of one that varies in one direction only", () => {
  const still = new Metric([new Float32Array(4), new Float32Array(4)]);
  assert.deepEqual(still.singular, [0, 0]);
  assertClose(still.indicatrix({ x: 0, y: 0 }, 1, 7).slice(2, 4), [7, 7], 0);
  const line = new Metric([Float32Array.of(1, 2), Float32Array.of(2, 4)]);
  assertClose(line.singular, [5, 0], 1e-6);
  assertClose([line.steepest], [Math.atan2(2, 1)], 1e-6);
});
