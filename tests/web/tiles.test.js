// The decoded grid, and the size of points.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pointStyle } from "../../explorer/components/latent_pad/web/painter.js";
import { Tiles } from "../../explorer/components/latent_pad/web/tiles.js";
import { View } from "../../explorer/components/latent_pad/web/view.js";

function viewOf(scale) {
  const view = new View();
  view.resize(400, 300);
  return Object.assign(view, { x: 0.3, y: -0.2, scale });
}

test("cells cover the view, are 34 to 68 pixels wide and aligned to one grid at every zoom", () => {
  const tiles = new Tiles(null, null);
  for (const scale of [0.01, 1, 40, 57, 3000]) {
    const view = viewOf(scale);
    const cells = tiles.cells(view);
    const [{ side }] = cells;
    assert.ok(side * scale >= 34 && side * scale < 68);
    assert.ok(Number.isInteger(Math.log2(side)));
    assert.ok(cells.every(({ x, y }) => Number.isInteger(x / side - 0.5) && Number.isInteger(y / side - 0.5)));
    const { xmin, xmax, ymin, ymax } = view.bounds();
    const [xs, ys] = [cells.map(({ x }) => x), cells.map(({ y }) => y)];
    assert.ok(Math.min(...xs) - side / 2 <= xmin && Math.max(...xs) + side / 2 >= xmax);
    assert.ok(Math.min(...ys) - side / 2 <= ymin && Math.max(...ys) + side / 2 >= ymax);
    assert.equal(new Set(cells.map(({ key }) => key)).size, new Set(xs).size * new Set(ys).size);
  }
});

test("cells that are not decoded yet are wanted, the central ones first", () => {
  const tiles = new Tiles({ values: () => null }, { code: (x, y) => [x, y] });
  const view = viewOf(50);
  tiles.look(view);
  const all = tiles.wanted.length;
  const off = tiles.wanted.map(({ x, y }) => Math.hypot(x - view.x, y - view.y)).reverse();
  assert.deepEqual(off, [...off].sort((a, b) => a - b));
  assert.ok(tiles.work(1e6), "there was something to do");
  assert.ok(!tiles.work(1e6), "now there is nothing left");
  tiles.look(view);
  assert.equal(tiles.wanted.length, 0);
  assert.equal(tiles.tiles.size, all);
});

test("few points are large and solid, many are small, and zooming in enlarges them", () => {
  const view = Object.assign(viewOf(50), { homeScale: 50 });
  const [few, many, most] = [10, 5000, 1e6].map((count) => pointStyle(count, view));
  assert.deepEqual(few, { radius: 4.5, opacity: 0.9 });
  assert.ok(many.radius < few.radius && many.opacity < few.opacity);
  assert.equal(most.radius, 1.1);
  view.scale = 500;
  assert.ok(pointStyle(5000, view).radius > many.radius);
});
