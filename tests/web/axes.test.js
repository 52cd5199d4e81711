// Round tick values, and the formatting of numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { brief, formatNumber, ticks } from "../../explorer/components/latent_pad/web/axes.js";
import { assertClose } from "./support.js";

test("ticks are round numbers within the range and about 64 pixels apart", () => {
  assert.deepEqual(ticks(-3.3, 3.3, 460), { step: 1, values: [-3, -2, -1, 0, 1, 2, 3] });
  assertClose(ticks(0.91, 1.19, 400).values, [0.95, 1, 1.05, 1.1, 1.15], 1e-12);
  for (const size of [1e-12, 3e-7, 0.02, 1, 77, 4e9]) {
    const { step, values } = ticks(-size, 0.7 * size, 500);
    const apart = (step / (1.7 * size)) * 500;
    assert.ok(apart > 50 && apart < 170, `${size}: ${apart} pixels`);
    assert.ok([1, 2, 5, 10].some((m) => Math.abs(Math.log10(step / m) % 1) < 1e-9), `${step} is round`);
    assert.ok(values.every((value) => value >= -size && value <= 0.7 * size));
  }
});

test("numbers have just enough digits to tell ticks apart, and a real minus sign", () => {
  const written = [[1.5, 0.5], [-1.5, 0.5], [2, 1], [0.25, 0.05], [-1e-15, 0.1], [12345.6, 100], [0.1 + 0.2, 0.1]];
  assert.deepEqual(written.map(([value, step]) => formatNumber(value, step)), ["1.5", "−1.5", "2", "0.25", "0", "12346", "0.3"]);
});

test("very large and very small numbers are written with exponents", () => {
  assert.equal(formatNumber(1.2e7, 1e6), "1.2e7");
  assert.equal(formatNumber(-4e-5, 1e-5), "−4e−5");
  assert.equal(formatNumber(1.2345e-7, 1e-10), "1.235e−7");
});

test("brief numbers have two significant digits", () => {
  const said = [0, 1, 0.123, 12.7, 1234, -0.056, 1.23e-9, NaN, Infinity].map(brief);
  assert.deepEqual(said, ["0", "1.0", "0.12", "13", "1234", "−0.056", "1.2e−9", "–", "–"]);
});
