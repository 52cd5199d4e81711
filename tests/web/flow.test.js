// Streams of live frames, and the camera that follows them.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Camera } from "../../explorer/components/latent_pad/web/camera.js";
import { Film } from "../../explorer/components/latent_pad/web/film.js";
import { Flow, filmOf } from "../../explorer/components/latent_pad/web/flow.js";
import { assertClose, pointsAt } from "./support.js";

const box = (half, x = 0) => ({ xmin: x - half, xmax: x + half, ymin: -half, ymax: half });

let now = 0;
mock.method(performance, "now", () => now);
beforeEach(() => (now = 1000));

const live = (id, x, count = 2) => ({
  frames: [{ id, title: "t", axes: ["u", "v"], live: "vae", points: pointsAt(Array.from({ length: count }, (_, i) => [x + i, i])) }],
});

test("a description is a film, or a flow if its planes are live", () => {
  assert.ok(filmOf({ frames: [{ ...live("1", 0).frames[0], live: null }] }) instanceof Film);
  assert.ok(filmOf(live("1", 0)) instanceof Flow);
});

test("codes glide to the newest frame for as long as the previous one was shown", () => {
  const first = filmOf(live("1", 0));
  assert.deepEqual([...first.pointsAt().codes], [0, 0, 1, 1], "there is nothing to glide from");
  now += 100;
  const second = filmOf(live("2", 10), first);
  now += 50;
  assert.deepEqual([...second.pointsAt().codes], [5, 0, 6, 1]);
  assert.ok(second.moves);
  now += 50;
  assert.equal(second.pointsAt(), second.frame.points);
  assert.equal(filmOf(live("2", 10), second), second, "the frame is not new");
});

test("a frame that arrives early continues from the current positions of the codes", () => {
  const first = filmOf(live("1", 0));
  now += 100;
  const second = filmOf(live("2", 10), first);
  now += 50;
  const third = filmOf(live("3", 15), second);
  assert.deepEqual([...third.pointsAt().codes], [5, 0, 6, 1]);
  now += 30; // half the minimum time of 60 ms
  assert.deepEqual([...third.pointsAt().codes], [10, 0, 11, 1]);
});

test("other images or another training run start a new flow", () => {
  const first = filmOf(live("1", 0));
  now += 100;
  assert.equal(filmOf(live("2", 10, 3), first).glide, 0);
  const other = live("2", 10);
  other.frames[0].live = "ae";
  assert.equal(filmOf(other, first).glide, 0);
});

test("the camera keeps its box while the content fits", () => {
  const camera = new Camera(box(1), 0);
  assertClose(Object.values(camera.boxAt(0)), Object.values(box(1.1)), 1e-12);
  for (const seen of [box(1.05), box(0.6), box(1, 0.05)]) camera.follow(seen, 0);
  assert.ok(!camera.moves);
});

test("the camera approaches its goal by a factor of e in 350 ms, and reaches it", () => {
  const camera = new Camera(box(1), 0);
  camera.follow(box(10), 0);
  assert.ok(camera.moves);
  const left = () => 11 - camera.boxAt(350).xmax;
  assertClose([left()], [(11 - 1.1) / Math.E], 1e-9);
  assertClose([left()], [(11 - 1.1) / Math.E], 1e-9, "no time has passed");
  camera.boxAt(5000);
  assert.ok(!camera.moves);
  assertClose([camera.boxAt(6000).xmax], [11], 1e-12);
});

test("the camera zooms in only when much of its box is empty, and chooses a square", () => {
  const camera = new Camera(box(1), 0);
  camera.follow(box(0.4), 0);
  assert.ok(camera.moves);
  camera.boxAt(1e6);
  camera.follow({ xmin: 0, xmax: 10, ymin: 4, ymax: 5 }, 1e6);
  assertClose(Object.values(camera.boxAt(1e9)), [-0.5, 10.5, -1, 10], 1e-12);
});
