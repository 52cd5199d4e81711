// The density of codes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Density, kernelWidth, standardNormal } from "../../explorer/components/latent_pad/web/density.js";
import { PointSet } from "../../explorer/components/latent_pad/web/points.js";
import { assertClose, cloud, fixture, numbers, pointsAt } from "./support.js";

for (const { name, means, scales, places, density } of fixture("densities")) {
  test(`the density matches Python's: ${name}`, () => {
    const codes = Float32Array.from(numbers(means));
    const spread = scales && Float32Array.from(numbers(scales));
    const here = new Density(new PointSet(codes, new Uint8Array(means.length), spread));
    assert.equal(here.isKernel, name === "kernel");
    for (const [k, [x, y]] of places.entries()) assertClose([here.at(x, y) / density[k]], [1], 1e-4, `${x}, ${y}`);
  });
}

test("the density of one posterior is that of its normal distribution", () => {
  const one = new PointSet(Float32Array.of(1, 2), Uint8Array.of(0), Float32Array.of(0.5, 2));
  const density = new Density(one);
  assertClose([density.at(1, 2)], [1 / (2 * Math.PI)], 1e-12);
  assertClose([density.at(1.5, 2)], [Math.exp(-0.5) / (2 * Math.PI)], 1e-12);
  assertClose([density.at(1, 6)], [Math.exp(-2) / (2 * Math.PI)], 1e-12);
  assert.equal(density.at(1e6, 0), 0);
});

test("the density integrates to 1", () => {
  const points = cloud(200);
  const scales = Float32Array.from({ length: 400 }, (_, i) => 0.2 + 0.1 * (i % 5));
  for (const given of [points, new PointSet(points.codes, points.labels, scales)]) {
    const density = new Density(given);
    let sum = 0;
    for (let x = -8; x < 8; x += 0.1) for (let y = -8; y < 8; y += 0.1) sum += density.at(x, y) * 0.01;
    assertClose([sum], [1], 1e-3);
  }
});

test("a subset of very many codes is enough", () => {
  const points = cloud(60_000);
  const [all, part] = [new Density(points), new Density(points)];
  all.stride = 1;
  assert.equal(part.stride, 3);
  for (const [x, y] of [[0, 0], [1, -1], [-2, 0.5]]) assertClose([part.at(x, y) / all.at(x, y)], [1], 0.05);
  assert.notEqual(part.at(0, 0), all.at(0, 0));
});

test("there is no density without codes or if all are on a line", () => {
  for (const places of [[], [[NaN, 0]], [[1, 1]], [[0, 0], [0, 1]]]) assert.equal(new Density(pointsAt(places)).at(0, 0), null);
});

test("the kernel's width follows Scott's rule", () => {
  const places = Array.from({ length: 64 }, (_, i) => [i % 2 ? 3 : -3, i % 4 < 2 ? 1 : -1]);
  assertClose(kernelWidth(pointsAt(places)), [3 / 2, 1 / 2], 1e-12); // 64^(1/6) = 2
});

test("the standard normal density", () => {
  assertClose([standardNormal(0, 0), standardNormal(1, 2)], [1 / (2 * Math.PI), Math.exp(-2.5) / (2 * Math.PI)], 1e-15);
});
