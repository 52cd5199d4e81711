// Values of codes, and their colours.

import assert from "node:assert/strict";
import { test } from "node:test";
import { STOPS } from "../../explorer/components/latent_pad/web/colours.js";
import { Shades } from "../../explorer/components/latent_pad/web/shades.js";

const GREY = [9, 9, 9];
const shadesOf = (values, span) => new Shades(Float32Array.from(values), { title: "error", span });

test("colours run along the span, and values beyond it are clamped", () => {
  const shades = shadesOf([0, 5, 10, -3, 99], [0, 10]);
  const { kinds, colours } = shades.inks(GREY);
  const shown = [...kinds].map((kind) => colours[kind]);
  assert.deepEqual(shown, [STOPS[0], STOPS[4], STOPS.at(-1), STOPS[0], STOPS.at(-1)]);
  assert.deepEqual([shades.below, shades.above], [true, true]);
});

test("a code without a value has the colour of no value, and is described by a dash", () => {
  const shades = shadesOf([NaN, 1, 2], [1, 2]);
  const { kinds, colours } = shades.inks(GREY);
  assert.deepEqual(colours[kinds[0]], GREY);
  assert.notDeepEqual(colours[kinds[1]], GREY);
  assert.deepEqual([shades.describe(0), shades.describe(2)], ["–", "2.0"]);
  assert.deepEqual([shades.below, shades.above], [false, false]);
});

test("if all values are equal, all have the same colour", () => {
  const { kinds } = shadesOf([3, 3, 3], [3, 3]);
  assert.deepEqual([...kinds], [1, 1, 1]);
});
