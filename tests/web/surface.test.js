// The position of a plane in latent space.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Surface } from "../../explorer/components/latent_pad/web/surface.js";
import { assertClose } from "./support.js";

test("without a description, points of the plane are codes", () => {
  const flat = new Surface();
  assert.deepEqual(flat.code(3, -2), [3, -2]);
  assert.deepEqual(flat.place([3, -2]), { x: 3, y: -2, code: [3, -2] });
});

test("in a tilted plane, mapping points to codes and back gives the same points", () => {
  const surface = new Surface({ center: [1, 2, 3], axes: [[0.6, 0.8, 0], [0, 0, 1]] });
  const code = surface.code(5, -1);
  assertClose(code, [4, 6, 2], 1e-12);
  const { x, y } = surface.place(code);
  assertClose([x, y], [5, -1], 1e-12);
});

test("a code off the plane is projected orthogonally and kept as it is", () => {
  const surface = new Surface({ center: [0, 0, 0], axes: [[1, 0, 0], [0, 1, 0]] });
  assert.deepEqual(surface.place([1, 2, 9]), { x: 1, y: 2, code: [1, 2, 9] });
});
