// Previews interpolated from a grid of decoded images.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Atlas } from "../../explorer/components/latent_pad/web/atlas.js";
import { View } from "../../explorer/components/latent_pad/web/view.js";
import { assertClose } from "./support.js";

const SIDE = 5;
const BOX = [-2, 2, 10, 14]; // grid points are one unit apart
const SHAPE = [1, 1, 2];

// A picture whose pixels are bilinear in x and y, so that interpolation is exact.
const pictureAt = (x, y) => [100 + 20 * x, 100 + 10 * x * (y - 10)];

function atlasOf(error = 2.3) {
  const pixels = [];
  for (let row = 0; row < SIDE; row++) for (let column = 0; column < SIDE; column++) pixels.push(...pictureAt(-2 + column, 14 - row));
  return new Atlas(Uint8Array.from(pixels), { box: BOX, shape: SHAPE, error });
}

// A view of 100 × 100 pixels centred at (x, 12).
function viewOf(scale, x = 0) {
  const view = new View();
  view.resize(100, 100);
  view.setHome({ xmin: -2, xmax: 2, ymin: 10, ymax: 14 });
  return Object.assign(view, { x, y: 12, scale, atHome: false });
}

test("images are exact at grid points and interpolated bilinearly between them", () => {
  const atlas = atlasOf();
  for (const [x, y] of [[-2, 14], [2, 14], [-2, 10], [2, 10], [0, 12], [0.25, 11.5], [-1.75, 13.1], [1.99, 10.01]]) {
    assertClose(atlas.values({ x, y }), pictureAt(x, y), 1e-4, `${x}, ${y}`);
  }
});

test("there is no picture outside the grid", () => {
  const atlas = atlasOf();
  for (const [x, y] of [[-2.01, 12], [2.01, 12], [0, 9.99], [0, 14.01], [NaN, 12]]) assert.equal(atlas.values({ x, y }), null);
});

test("the remark states the error", () => {
  assert.equal(atlasOf(0.4).remark, "preview, off by under 1 of 255 (RMS)");
  assert.equal(atlasOf(2.3).remark, "preview, off by 3 of 255 (RMS)");
});

test("an incomplete atlas is rejected", () => {
  assert.throws(() => new Atlas(new Uint8Array(99), { box: BOX, shape: SHAPE, error: 0 }), /incomplete/);
});

test("a view needs another atlas if cells are too coarse or do not cover it", () => {
  const atlas = atlasOf();
  const home = viewOf(28);
  home.goHome();
  assert.ok(!atlas.wants(home, null));
  assert.ok(atlas.wants(home, [0, 1, 0, 1]), "the whole plane, after a part was requested");
  assert.ok(!atlas.wants(viewOf(28), null), "28 pixels per cell are fine enough");
  assert.ok(atlas.wants(viewOf(29), null));
  assert.ok(!atlas.wants(viewOf(28, 0.2), null));
  assert.ok(atlas.wants(viewOf(28, 0.3), null), "beyond the atlas");
});

test("the requested box is the view plus a margin, or the whole plane", () => {
  const atlas = atlasOf();
  const view = viewOf(50);
  assertClose(atlas.wanted(view), [-1.3, 1.3, 10.7, 13.3], 1e-9);
  view.goHome();
  assert.equal(atlas.wanted(view), null);
});
