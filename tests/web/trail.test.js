// Trails, drawn on a canvas that only keeps what is asked of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawTrail } from "../../explorer/components/latent_pad/web/trail.js";
import { View } from "../../explorer/components/latent_pad/web/view.js";

const view = new View();
view.resize(400, 400);
view.setHome({ xmin: -2, xmax: 2, ymin: -2, ymax: 2 });
const theme = { paper: "white", ink: "black", accent: "blue", onAccent: "white", font: "serif" };

// The circles of a trail: their places, radii and colours.
function circles(trail) {
  const drawn = [];
  let path = null;
  const context = {
    beginPath: () => { path = null; },
    lineTo: () => {},
    ellipse: () => {},
    arc: (x, y, radius) => { path = { x, y, radius }; },
    stroke: () => path && drawn.push({ ...path, colour: context.strokeStyle }),
    fill: () => path && drawn.push({ ...path, colour: context.fillStyle, filled: true }),
  };
  drawTrail(context, { points: [[0, 0], [1, 1]], scales: null, name: "", colour: null, dots: true, marked: false, ...trail }, view, theme);
  return drawn;
}

test("the last code of a marked trail has a large disc and a ring in the accent's colour", () => {
  const place = [view.screenX(1), view.screenY(1)];
  for (const scales of [null, [[0.1, 0.1], [0.01, 0.01]]]) {
    const large = circles({ scales, marked: true }).filter(({ radius }) => radius >= 5);
    assert.ok(large.length > 0);
    for (const { x, y } of large) assert.deepEqual([x, y], place);
    const accent = large.filter(({ colour }) => colour === theme.accent);
    const [disc] = accent.filter(({ filled }) => filled);
    const [ring] = accent.filter(({ filled }) => !filled);
    assert.ok(ring.radius > disc.radius + 3, "there is room between them");
  }
});

test("other trails have only dots", () => {
  assert.ok(circles({}).every(({ radius }) => radius <= 3));
});
