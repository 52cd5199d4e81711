// The files that Python packs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { floats, unpack } from "../../explorer/components/latent_pad/web/packing.js";
import { assertClose, bytes, fixture, numbers } from "./support.js";

// Equal up to a relative error of 1e-6.
function assertSame(said, meant) {
  for (const [k, value] of meant.entries()) assertClose([said[k]], [value], 1e-6 * Math.abs(value || 0));
}

for (const { name, file, count, unit, ...wanted } of fixture("clouds")) {
  test(`codes are those that Python packed: ${name}`, () => {
    const points = unpack(bytes(file), count, unit);
    assert.deepEqual([...points.labels], wanted.labels);
    assertSame(points.codes, numbers(wanted.codes));
    assert.equal(points.scales === null, wanted.scales === null);
    if (points.scales) assertSame(points.scales, numbers(wanted.scales));
    assert.deepEqual([...points.finite], [0, 1]);
  });

  test(`a file of a different length is rejected: ${name}`, () => {
    assert.throws(() => unpack(bytes(file), count + 1, unit), /incomplete/);
    assert.throws(() => unpack(bytes(file), count, unit === null ? 1 : null), /incomplete/);
  });
}

test("scales are multiples of their unit", () => {
  const { file, count } = fixture("clouds").find(({ unit }) => unit === 1);
  assert.equal(unpack(bytes(file), count, 8).scales[0], 8);
});

test("floats follow the digest", () => {
  const buffer = new Float32Array([0, 0, 0, 0, 1.5, -2]).buffer;
  assert.deepEqual([...floats(buffer)], [1.5, -2]);
});
