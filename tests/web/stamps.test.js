// Codes drawn into raw pixels.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dotAll, makeStamp, stampAll } from "../../explorer/components/latent_pad/web/stamps.js";
import { assertClose, pointsAt } from "./support.js";

const SIZE = 40; // of the image
const RED = [200, 0, 0];
const BLUE = [0, 0, 100];

function imageOf(margin) {
  return { pixels: { data: new Uint8ClampedArray(4 * SIZE * SIZE), width: SIZE, height: SIZE }, margin };
}

// A pixel's red, green, blue and alpha.
const pixel = ({ pixels }, column, row) => [...pixels.data.subarray(4 * (row * SIZE + column), 4 * (row * SIZE + column) + 4)];
const alphas = ({ pixels }) => pixels.data.filter((_, k) => k % 4 === 3);
const lookAt = ({ labels }, more = {}) => ({
  transform: { scale: 1, left: 10, top: 20 }, kinds: labels, colours: [RED, BLUE], chosen: () => true, opacity: 1, ...more,
});

test("a stamp covers a disc's area at every subpixel position", () => {
  for (const radius of [1.1, 2, 4.5, 9]) {
    const { masks } = makeStamp(radius);
    assert.equal(masks.length, 16);
    for (const mask of masks) {
      const area = mask.reduce((sum, value) => sum + value, 0) / 255;
      assertClose([area / (Math.PI * radius ** 2)], [1], 0.08 / radius, `${radius}`);
    }
  }
});

test("discs are centred at their codes, with y upwards, and blend where they overlap", () => {
  const radius = 3;
  const stamp = makeStamp(radius);
  const image = imageOf(0);
  const [red, blue] = [0, 1].map((label) => pointsAt([[5.5, 4.5]], [label]));
  stampAll(image, red, lookAt(red), stamp);
  const [x, y] = [15.5, 15.5];
  let sum = 0;
  image.pixels.data.forEach((value, k) => {
    if (k % 4 !== 3 || !value) return;
    const [column, row] = [((k - 3) / 4) % SIZE, Math.floor((k - 3) / 4 / SIZE)];
    assert.ok(Math.hypot(column + 0.5 - x, row + 0.5 - y) < radius + 1);
    sum += value / 255;
  });
  assertClose([sum / (Math.PI * radius ** 2)], [1], 0.05);
  assert.deepEqual(pixel(image, 15, 15), [200, 0, 0, 255]);
  stampAll(image, blue, lookAt(blue, { opacity: 0.5 }), stamp);
  assertClose(pixel(image, 15, 15), [100, 0, 50, 255], 2);
});

test("classes that are not chosen and codes outside the image are not drawn", () => {
  const stamp = makeStamp(2);
  const points = pointsAt([[5, 5], [-50, 0], [100, 0], [0, 100], [0, -100], [1e9, 1e9]], [1, 0, 0, 0, 0, 0]);
  for (const put of [stampAll, dotAll]) {
    const image = imageOf(0);
    put(image, points, lookAt(points, { chosen: (label) => label === 0 }), stamp);
    assert.equal(Math.max(...alphas(image)), 0);
  }
});

test("a dot is one pixel, and the last one is on top", () => {
  const image = imageOf(3);
  const chosen = (label) => label < 2;
  const colours = [RED, BLUE, RED];
  const points = pointsAt([[2, 4], [2.5, 3.5], [2, 4]], [0, 1, 2]);
  dotAll(image, points, lookAt(points, { opacity: 0.6, chosen, colours }));
  assert.deepEqual(pixel(image, 10 + 2 + 3, 20 - 4 + 3), [0, 0, 100, 153]);
  assert.equal(alphas(image).filter(Boolean).length, 1);
});

test("codes may have colours other than those of their classes, which still control visibility", () => {
  const points = pointsAt([[2, 4], [12, 4]], [0, 1]);
  for (const put of [stampAll, dotAll]) {
    const image = imageOf(0);
    const look = lookAt(points, { kinds: Uint8Array.of(1, 0), chosen: (label) => label === 0 });
    put(image, points, look, makeStamp(1.5));
    assert.deepEqual(pixel(image, 12, 16), [...BLUE, 255]);
    assert.deepEqual(pixel(image, 22, 16), [0, 0, 0, 0]);
  }
});
