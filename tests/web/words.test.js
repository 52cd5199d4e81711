// Descriptions of a plane and of a metric.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Metric } from "../../explorer/components/latent_pad/web/metric.js";
import { metricFacts } from "../../explorer/components/latent_pad/web/tangents.js";
import { describe, remark } from "../../explorer/components/latent_pad/web/words.js";
import { pointsAt } from "./support.js";

const FRAME = { prior: false, note: "" };

test("the description of a plane lists the keys", () => {
  const words = describe({ title: "VAE", axes: ["z₁", "z₂"] }, pointsAt([[0, 0], [NaN, 1]]));
  assert.match(words, /^VAE: latent plane with 1 code, axes z₁ and z₂\. Arrow keys/);
});

test("confusing pictures are explained", () => {
  assert.equal(remark(FRAME, pointsAt([[0, 0], [1, 1]])), "");
  assert.match(remark(FRAME, pointsAt([])), /^No codes yet/);
  assert.equal(remark(FRAME, pointsAt([[0, 0], [1, 1], [NaN, 1]])), "1 code is not finite and cannot be drawn.");
  const odd = [...Array(1200).fill([NaN, 0]), ...Array(2000).fill([1, 1])];
  assert.equal(remark(FRAME, pointsAt(odd)), "1,200 codes are not finite and cannot be drawn. All 2,000 codes are at the same point.");
  const pending = { prior: false, note: "computing" };
  assert.equal(remark(pending, pointsAt([[0, 0], [1, 1]])), "computing");
  assert.match(remark(pending, pointsAt([])), /^No codes yet.*plane\. computing$/);
});

test("a metric in numbers", () => {
  const facts = metricFacts(new Metric([Float32Array.of(3, 0), Float32Array.of(0, 0.5)]));
  assert.deepEqual(facts, [["s₁, s₂", "3.0, 0.50"], ["√det G", "1.5"], ["s₁ / s₂", "6.0"]]);
  const line = metricFacts(new Metric([Float32Array.of(3), Float32Array.of(0)]));
  assert.deepEqual(line.at(-1), ["s₁ / s₂", "∞"]);
});
