// Shared by the tests: numbers computed by Python, random numbers, and comparisons.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { PointSet } from "../../explorer/components/latent_pad/web/points.js";

// The cases in a file of tests/fixtures, see tests/support/fixtures.py.
export function fixture(name) {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8"));
}

// The bytes of a file in a fixture.
export function bytes(base64) {
  return Uint8Array.from(Buffer.from(base64, "base64")).buffer;
}

// Numbers from a fixture as a flat list; values that JSON cannot represent are given as strings.
export function numbers(values) {
  const known = { nan: NaN, inf: Infinity, "-inf": -Infinity };
  return [values].flat(Infinity).map((value) => known[value] ?? value);
}

export function assertClose(actual, wanted, tolerance, words = "") {
  const [said, meant] = [[...actual], [...wanted]];
  assert.equal(said.length, meant.length, words);
  meant.forEach((value, k) => {
    const same = Object.is(said[k], value) || Math.abs(said[k] - value) <= tolerance;
    assert.ok(same, `${words} [${k}]: ${said[k]}, not ${value}`);
  });
}

// Random numbers in [0, 1) that are the same every time (mulberry32).
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Draws from the standard normal distribution (Box & Muller 1958).
export function normalFrom(seed) {
  const random = randomFrom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

// A cloud of `count` codes whose classes take turns.
export function cloud(count, { seed = 1, classes = 3, draw = normalFrom(seed) } = {}) {
  return new PointSet(Float32Array.from({ length: 2 * count }, draw), Uint8Array.from({ length: count }, (_, i) => i % classes));
}

// A cloud with the given codes [x, y].
export function pointsAt(places, labels = places.map(() => 0)) {
  return new PointSet(Float32Array.from(places.flat()), Uint8Array.from(labels));
}
