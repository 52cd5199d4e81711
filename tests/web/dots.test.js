// Codes drawn as dots in the colours of their kinds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawDots } from "../../explorer/components/latent_pad/web/dots.js";
import { View } from "../../explorer/components/latent_pad/web/view.js";

const KINDS = [["no hole", "#9ed8c6"], ["hole", "#b0305c"]];
const DOTS = { title: "draws", points: [[0, 0], [1, 1], [-1, 2]], values: [1, 0, 1], kinds: KINDS };
const THEME = { ink: "#222222", paper: "#ffffff", font: "sans" };

// What is drawn: the colour and place of each dot in turn, the rims, and the words written.
function drawn(dots, layers = [], field = null, size = [400, 400]) {
  const view = new View();
  view.resize(...size);
  view.fit({ xmin: -2, xmax: 2, ymin: -2, ymax: 2 });
  const [fills, rims, words, radii] = [[], [], [], new Set()];
  let place;
  const context = {
    beginPath: () => {},
    arc: (px, py, radius) => {
      place = view.world(px, py);
      radii.add(radius);
    },
    stroke: () => rims.push(context.strokeStyle),
    fill: () => fills.push([context.fillStyle, Math.round(place.x * 1e6) / 1e6, Math.round(place.y * 1e6) / 1e6]),
    fillRect: () => {},
    fillText: (text) => words.push(text),
  };
  drawDots(context, dots, view, { layers: new Set(layers), theme: THEME }, field);
  return { fills, rims, words, radii: [...radii] };
}

test("each dot lies at its code, in the colour of its kind, in the order drawn, and all have the same rim", () => {
  const { fills, rims } = drawn(DOTS);
  assert.deepEqual(fills, [["#b0305c", 0, 0], ["#9ed8c6", 1, 1], ["#b0305c", -1, 2]]);
  assert.deepEqual(rims, Array(3).fill("#000000"));
});

test("dots are small where the plane is small, and never vanish", () => {
  assert.deepEqual(drawn(DOTS).radii, [2.5]);
  assert.deepEqual(drawn(DOTS, [], null, [240, 320]).radii, [1.5]);
  assert.deepEqual(drawn(DOTS, [], null, [90, 90]).radii, [1.2]);
});

test("the dots have a legend unless that of a field says the same", () => {
  assert.deepEqual(drawn(DOTS).words, ["draws", "no hole", "hole"]);
  assert.deepEqual(drawn(DOTS, ["field"]).words, ["draws", "no hole", "hole"], "there is no field");
  const [same, other] = [{ kinds: KINDS }, { kinds: [] }];
  assert.deepEqual(drawn(DOTS, ["field"], same).words, []);
  assert.deepEqual(drawn(DOTS, [], same).words, ["draws", "no hole", "hole"], "the field is switched off");
  assert.deepEqual(drawn(DOTS, ["field"], other).words, ["draws", "no hole", "hole"]);
});
