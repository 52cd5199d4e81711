// The code nearest to a point, compared with an exhaustive search.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NearestIndex } from "../../explorer/components/latent_pad/web/nearest.js";
import { cloud, normalFrom, pointsAt } from "./support.js";

const NONE = new Set();

function nearestOfAll(points, x, y, hidden) {
  let [best, least] = [-1, Infinity];
  for (const i of points.finite) {
    const distance = points.distance(i, { x, y });
    if (!hidden.has(points.labels[i]) && distance < least) [best, least] = [i, distance];
  }
  return best;
}

function assertAllFound(points, places, hidden = NONE) {
  const index = new NearestIndex(points);
  for (const [x, y] of places) {
    const [found, wanted] = [index.find(x, y, hidden), nearestOfAll(points, x, y, hidden)];
    assert.ok(
      found === wanted || points.distance(found, { x, y }) === points.distance(wanted, { x, y }),
      `at ${x}, ${y}: ${found}, not ${wanted}`,
    );
  }
}

const normal = normalFrom(7);
const PLACES = Array.from({ length: 300 }, () => [2 * normal(), 2 * normal()]);
const OUTSIDE = [[50, 0], [-50, 30], [0, -1e6], [1e30, 1e30]];

test("points inside and outside the cloud", () => assertAllFound(cloud(2000), [...PLACES, ...OUTSIDE]));

test("hidden classes are not found", () => {
  assertAllFound(cloud(500), PLACES, new Set([0]));
  assertAllFound(cloud(500), PLACES, new Set([0, 2]));
  assert.equal(new NearestIndex(cloud(500)).find(0, 0, new Set([0, 1, 2])), -1);
});

test("the shown class is far away", () => {
  const near = Array.from({ length: 200 }, (_, i) => [i % 20, Math.floor(i / 20)]);
  const points = pointsAt([...near, [1000, 1000]], [...near.map(() => 0), 1]);
  assert.equal(new NearestIndex(points).find(3, 3, new Set([0])), 200);
});

test("clouds of odd shapes", () => {
  const flat = Array.from({ length: 300 }, () => [normal(), 0]);
  const twoScales = Array.from({ length: 300 }, (_, i) => [normal() * (i % 2 ? 1 : 1e-6), normal()]);
  const broken = [...flat, [NaN, 0], [Infinity, 1]];
  for (const places of [flat, twoScales, broken, [[1, 1]], [[2, 2], [2, 2], [2, 2]]]) assertAllFound(pointsAt(places), PLACES);
});

test("nothing is found if there are no codes", () => {
  assert.equal(new NearestIndex(pointsAt([])).find(0, 0, NONE), -1);
  assert.equal(new NearestIndex(pointsAt([[NaN, 1]])).find(0, 0, NONE), -1);
});
