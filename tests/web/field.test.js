// A field over the plane, and its colours.

import assert from "node:assert/strict";
import { test } from "node:test";
import { STOPS, fromHex, luminance, onPaper, onScale } from "../../explorer/components/latent_pad/web/colours.js";
import { Field } from "../../explorer/components/latent_pad/web/field.js";
import { assertClose } from "./support.js";

const BOX = [-2, 2, 0, 2]; // two rows of four cells, each a unit wide
const VALUES = [0, 1, 2, 3, 4, 5, NaN, 7];
const [LIGHT, DARK] = [{ isDark: false }, { isDark: true }];
const fieldOf = (more = {}, values = VALUES) =>
  new Field(Float32Array.from(values), { title: "f", rows: 2, columns: 4, box: BOX, span: null, kinds: [], help: "", told: true, ...more });

test("a point has the value of its cell, with the first row at the top, and none outside", () => {
  const field = fieldOf();
  assert.equal(field.at(-1.9, 1.9), 0);
  assert.equal(field.at(1.9, 1.1), 3);
  assert.equal(field.at(-0.5, 0.1), 5);
  assert.equal(field.at(1.5, 0.5), 7);
  for (const [x, y] of [[-2.1, 1], [2.1, 1], [0, -0.1], [0, 2.1]]) assert.ok(Number.isNaN(field.at(x, y)));
  assert.deepEqual([field.describe(1.9, 1.1), field.describe(0.5, 0.5), field.describe(9, 9)], ["3.0", "–", "–"]);
});

test("colours run from the smallest value to the largest, or along the span", () => {
  const own = fieldOf();
  assert.deepEqual([own.low, own.high], [0, 7]);
  assert.deepEqual([own.colours(LIGHT)(0), own.colours(DARK)(7)], [STOPS[0], STOPS.at(-1)]);
  const shared = fieldOf({ span: [-10, 10] });
  assert.deepEqual(shared.colours(LIGHT)(0), STOPS[4], "the middle");
  assert.deepEqual(shared.colours(LIGHT)(99), STOPS.at(-1), "values beyond it are clamped");
  assert.equal(own.colours(LIGHT)(NaN), null);
});

test("there is a scale even if all values are equal or missing", () => {
  assert.deepEqual(fieldOf({}, Array(8).fill(3)).colours(LIGHT)(3), STOPS[0]);
  const none = fieldOf({}, Array(8).fill(NaN));
  assert.deepEqual([none.low, none.high], [0, 1]);
});

test("kinds have their own colours and names", () => {
  const field = fieldOf({ kinds: [["left", "#ff0000", "#ff8888"], ["right", "#0000ff", "#8888ff"]] });
  assert.deepEqual([0, 1, 2, NaN].map(field.colours(LIGHT)), [[255, 0, 0], [0, 0, 255], null, null]);
  assert.deepEqual([0, 1].map(field.colours(DARK)), [[255, 136, 136], [136, 136, 255]]);
  assert.deepEqual([field.describe(-1.9, 1.9), field.describe(-0.5, 1.9), field.describe(0.5, 1.9)], ["left", "right", "–"]);
});

test("a field that is not told is told only while its layer is shown", () => {
  const shown = [new Set(["field"]), new Set(["points"])];
  assert.deepEqual(shown.map((layers) => fieldOf().isTold(layers)), [true, true]);
  assert.deepEqual(shown.map((layers) => fieldOf({ told: false }).isTold(layers)), [true, false]);
});

test("a field of a different size is rejected", () => assert.throws(() => fieldOf({ rows: 3 }), /incomplete/));

test("the scale is linear between its stops, and its brightness always increases", () => {
  const halfway = STOPS[0].map((value, c) => (value + STOPS[1][c]) / 2);
  assertClose(onScale(1 / 16), halfway, 1e-9);
  assert.deepEqual([onScale(-1), onScale(2)], [STOPS[0], STOPS.at(-1)]);
  const bright = Array.from({ length: 40 }, (_, k) => luminance(onScale(k / 39)));
  assert.ok(bright.every((value, k) => k === 0 || value > bright[k - 1]));
});

test("hexadecimal colours and luminance", () => {
  assert.deepEqual(fromHex("#4477aa"), [68, 119, 170]);
  assertClose([luminance([0, 0, 0]), luminance([255, 255, 255]), luminance([0, 255, 0])], [0, 1, 0.7152], 1e-12);
});

test("of a pair of colours, each paper has its own", () => {
  const pair = ["#123456", "#abcdef"];
  assert.deepEqual([onPaper(pair, LIGHT), onPaper(pair, DARK)], pair);
});

test("values are interpolated between cell centres, exactly for a linear function", () => {
  const field = fieldOf({}, [3, 2, 1, 0, 13, 12, 11, 10]);
  const plane = (x, y) => 1.5 - x + 10 * (1.5 - y);
  for (const [x, y] of [[-1.5, 1.5], [0, 1], [0.3, 0.7], [1.5, 0.5]]) assertClose([field.interpolated(x, y)], [plane(x, y)], 1e-6);
  assert.equal(field.interpolated(-2, 2), 3, "at the edge, the value of the outermost cell");
  for (const [x, y] of [[-2.1, 1], [2.1, 1], [0, -0.1], [0, 2.1]]) assert.ok(Number.isNaN(field.interpolated(x, y)));
});
