// The smallest regions that contain 50% and 90% of each class.

import assert from "node:assert/strict";
import { test } from "node:test";
import { classContours } from "../../explorer/components/latent_pad/web/contours.js";
import { kernelWidth } from "../../explorer/components/latent_pad/web/density.js";
import { assertClose, cloud, normalFrom, pointsAt } from "./support.js";

// x1, y1, x2, y2 of each segment.
function* segmentsOf({ segments }) {
  for (let k = 0; k < segments.length; k += 4) yield segments.subarray(k, k + 4);
}

test("contours of an isotropic normal cloud are circles of known radius", () => {
  const points = cloud(20_000, { classes: 1 });
  const widening = Math.hypot(1, kernelWidth(points)[0]); // the kernel's variance is added
  const [contours] = classContours(points, 1);
  assert.deepEqual(contours.map(({ share }) => share), [0.5, 0.9]);
  for (const contour of contours) {
    const wanted = widening * Math.sqrt(-2 * Math.log(1 - contour.share)); // Rayleigh's quantile
    const radii = [...segmentsOf(contour)].map(([x, y]) => Math.hypot(x, y));
    const mean = radii.reduce((sum, radius) => sum + radius, 0) / radii.length;
    assertClose([mean / wanted], [1], 0.05, `${contour.share}`);
    assert.ok(Math.max(...radii) < 1.2 * wanted);
    assert.ok(Math.min(...radii) > 0.8 * wanted);
  }
});

test("contours are closed lines: every end meets another", () => {
  const [contours] = classContours(cloud(500, { classes: 1 }), 1);
  for (const contour of contours) {
    const ends = new Map();
    for (const [ax, ay, bx, by] of segmentsOf(contour)) {
      for (const end of [`${ax} ${ay}`, `${bx} ${by}`]) ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    assert.ok(ends.size > 10);
    const open = [...ends.values()].filter((count) => count % 2);
    assert.equal(open.length, 0);
  }
});

test("each class has its own contours, around its codes", () => {
  const normal = normalFrom(3);
  const places = Array.from({ length: 400 }, (_, i) => [normal() + (i % 2 ? 50 : -50), 10 * normal()]);
  const all = classContours(pointsAt(places, places.map((_, i) => i % 2)), 2);
  all.forEach((contours, label) => {
    for (const contour of contours) for (const [x] of segmentsOf(contour)) assert.ok(label ? x > 40 : x < -40);
  });
});

test("a class with few codes, or with all codes on a line, has no contours", () => {
  const few = pointsAt([[0, 0], [1, 1], [2, 0]]);
  const line = pointsAt(Array.from({ length: 50 }, (_, i) => [i, 3]));
  assert.deepEqual(classContours(few, 2), [[], []]);
  assert.deepEqual(classContours(line, 1), [[]]);
});
