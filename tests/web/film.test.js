// A sequence of frames shown in one plane.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Film } from "../../explorer/components/latent_pad/web/film.js";
import { PointSet } from "../../explorer/components/latent_pad/web/points.js";
import { assertClose, pointsAt } from "./support.js";

const frame = (id, places, more = {}) => ({ id, title: id, axes: ["u", "v"], points: pointsAt(places), ...more });
const small = frame("a", [[0, 0], [2, 2]]);
const large = frame("b", [[10, 0], [18, 8]]);
const film = new Film({ frames: [small, large], axis: "epoch", names: ["1", "2"] });

test("the nearest frame is shown, and the last one stays", () => {
  const shown = [0, 0.4, 0.6, 1, 7].map((time) => film.frameAt(time).id);
  assert.deepEqual(shown, ["a", "a", "b", "b", "b"]);
  assert.equal(film.last, 1);
  assert.equal(film.id, "a b");
});

test("codes move in straight lines from frame to frame", () => {
  assert.equal(film.pointsAt(0), small.points);
  assert.equal(film.pointsAt(1), large.points);
  assert.equal(film.pointsAt(5), large.points);
  assert.deepEqual([...film.pointsAt(0.25).codes], [2.5, 0, 6, 3.5]);
});

test("posteriors are interpolated if both frames have them", () => {
  const scaled = (scale) => new PointSet(Float32Array.of(0, 0), Uint8Array.of(0), Float32Array.of(scale, 2 * scale));
  const frames = [scaled(1), scaled(3), pointsAt([[0, 0]])].map((points, k) => frame(`${k}`, [], { points }));
  const mixed = new Film({ frames, names: ["", "", ""] });
  assert.deepEqual([...mixed.pointsAt(0.5).scales], [2, 4]);
  assert.equal(mixed.pointsAt(1.5).scales, null);
});

test("the home box moves linearly and grows exponentially with time", () => {
  assert.deepEqual(film.homeAt(0), { xmin: 0, xmax: 2, ymin: 0, ymax: 2 });
  const { xmin, xmax, ymin, ymax } = film.homeAt(0.5);
  assertClose([(xmin + xmax) / 2, (ymin + ymax) / 2], [7.5, 2.5], 1e-12);
  assertClose([(xmax - xmin) / 2, (ymax - ymin) / 2], [2, 2], 1e-12, "the geometric mean of 1 and 4");
  assert.deepEqual(film.homeAt(1), { xmin: 10, xmax: 18, ymin: 0, ymax: 8 });
});

test("a frame may open on a part of its plane, and the film is another one then", () => {
  const opened = new Film({ frames: [{ ...small, prior: true, opening: [-1, 3, -2, 4] }] });
  assert.deepEqual(opened.homeAt(0), { xmin: -1, xmax: 3, ymin: -2, ymax: 4 });
  const ids = [opened, new Film({ frames: [small] }), new Film({ frames: [{ ...small, opening: [-1, 3, -2, 5] }] })].map(({ id }) => id);
  assert.equal(new Set(ids).size, 3, "so that its view is shown at once");
});

test("a frame with a prior keeps it visible, and optional parts of a frame have defaults", () => {
  const [bare, prior] = new Film({ frames: [small, frame("p", [[0, 0]], { prior: true })] }).frames;
  assert.deepEqual([bare.prior, bare.field, bare.trails, bare.hasPictures], [false, null, [], false]);
  assert.equal(new Film({ frames: [prior] }).homeAt(0).xmin, -3);
  const narrow = frame("n", [[-1, 0], [1, 1]], { prior: true, fitsPrior: false });
  assert.equal(new Film({ frames: [narrow] }).homeAt(0).xmin, -1, "circles that are not to be fitted");
});
