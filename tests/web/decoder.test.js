// Decoders in the browser: their outputs match those of Python, and their tangents are derivatives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DenseDecoder } from "../../explorer/components/latent_pad/web/decoder.js";
import { Metric } from "../../explorer/components/latent_pad/web/metric.js";
import { Surface } from "../../explorer/components/latent_pad/web/surface.js";
import { assertClose, bytes, fixture, numbers } from "./support.js";

const largest = (values) => Math.max(...values.map(Math.abs));

for (const { name, decoder: description, surface: described, file, ...wanted } of fixture("decoders")) {
  const decoder = new DenseDecoder(bytes(file), description);
  const surface = new Surface(described);

  test(`decodes like Python: ${name}`, () => {
    for (const [k, [x, y]] of wanted.places.entries()) {
      const code = surface.code(x, y);
      assertClose(code, wanted.codes[k], 1e-4);
      assertClose(decoder.means(code), wanted.means[k], 1e-4 * Math.max(1, largest(wanted.means[k])));
      assertClose(decoder.values({ x, y, code }), decoder.means(code), 0);
    }
  });

  test(`has the same metric as in Python: ${name}`, () => {
    const most = largest(numbers(wanted.tangents));
    for (const [k, code] of wanted.codes.entries()) {
      const changes = decoder.tangents(code, surface.axes);
      for (const axis of [0, 1]) assertClose(changes[axis], wanted.tangents[k][axis], 1e-4 * most);
      const metric = new Metric(changes);
      assertClose(metric.singular, wanted.singular[k], 1e-4 * most);
      const [x, y] = wanted.places[k];
      const ring = metric.indicatrix({ x, y }, wanted.change, wanted.longest);
      assert.deepEqual(ring.slice(0, 2), [x, y]);
      const [first, second] = wanted.singular[k];
      if (second < 0.01 * first || first < 1e-3 * most) continue; // dominated by rounding errors
      for (const axis of [0, 1]) assertClose([ring[2 + axis] / wanted.radii[k][axis]], [1], 0.02);
      const [angle] = numbers(wanted.angles[k]);
      if (!Number.isNaN(angle)) assertClose([Math.sin(ring[4] - angle)], [0], 0.01);
    }
  });

  test(`tangents match finite differences: ${name}`, () => {
    const step = 2 ** -8;
    const code = surface.code(0.3, -0.2);
    const changes = decoder.tangents(code, surface.axes);
    for (const [axis, change] of changes.entries()) {
      const at = (steps) => Float64Array.from(decoder.means(code.map((value, i) => value + steps * surface.axes[axis][i])));
      const [ahead, behind] = [at(step), at(-step)];
      assertClose(change, ahead.map((value, p) => (value - behind[p]) / (2 * step)), 1e-3 * Math.max(1, largest([...change])));
    }
  });
}

test("means are valid until the next call, tangents longer", () => {
  const [{ decoder: description, file }] = fixture("decoders");
  const decoder = new DenseDecoder(bytes(file), description);
  const [means, [change]] = [decoder.means([0, 0]), decoder.tangents([0, 0], [[1, 0], [0, 1]])];
  const [before, kept] = [[...means], [...change]];
  assert.equal(decoder.means([2, 1]), means, "hovering allocates no memory");
  decoder.tangents([2, 1], [[1, 0], [0, 1]]);
  assert.notDeepEqual([...means], before);
  assert.deepEqual([...change], kept);
});

test("half floats are widened exactly", () => {
  const [narrow, wide] = [16, 32].map((bits) => fixture("decoders").find(({ decoder }) => decoder.bits === bits));
  for (const { decoder: description, file } of [narrow, wide]) {
    const buffer = bytes(file);
    const decoder = new DenseDecoder(buffer, description);
    const numbers = decoder.layers.flatMap(({ weights, biases }) => [...weights, ...biases]);
    assert.equal(buffer.byteLength, 16 + (numbers.length * description.bits) / 8);
    assert.ok(numbers.every(Number.isFinite));
  }
});

test("a file of a different length is rejected", () => {
  const [{ decoder: description, file }] = fixture("decoders");
  const whole = bytes(file);
  const more = new Uint8Array(whole.byteLength + 4);
  more.set(new Uint8Array(whole));
  assert.throws(() => new DenseDecoder(more.buffer, description), /incomplete/);
  assert.throws(() => new DenseDecoder(whole.slice(0, -4), description));
});
