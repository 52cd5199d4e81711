// The two tangent images: the derivative of each pixel along the plane's axes.

import { element } from "../../web/dom.js";
import { brief } from "./axes.js";
import { Picture, copyOnto } from "./picture.js";

/** @import { Metric } from "./metric.js" */
/** @import { Shape } from "./wire.d.ts" */

const [MORE, LESS, NONE] = [[232, 89, 12], [79, 107, 237], [245, 245, 245]]; // as in Python's figures

export class Tangents {
  /** @type {Picture | null} */
  sheet = null;

  constructor() {
    this.pictures = [0, 1].map(() => element("canvas", { class: "tangent", role: "img" }));
    this.names = [0, 1].map(() => element("figcaption"));
    const figures = this.pictures.map((picture, k) => element("figure", {}, [picture, this.names[k]]));
    const title = "Orange pixels get brighter along the axis, blue pixels get darker.";
    this.element = element("div", { class: "tangents", title, hidden: "" }, figures);
  }

  /** @param {Metric | null} metric at the point shown, if there is one @param {[string, string]} axes @param {Shape | undefined} shape */
  show(metric, axes, shape) {
    this.element.hidden = !metric;
    if (!metric || !shape) return;
    const [channels, height, width] = shape;
    const changes = metric.changes.map((change) => acrossChannels(change, channels));
    const full = Math.max(...changes.map((change) => change.reduce((most, value) => Math.max(most, Math.abs(value)), 0)));
    this.sheet ??= new Picture([3, height, width]);
    const { sheet } = this;
    changes.forEach((change, k) => {
      const picture = this.pictures[k];
      copyOnto(picture, sheet.show(coloured(change, full || 1), 1));
      const name = `∂x̂/∂${axes[k]}`;
      if (this.names[k].textContent !== name) this.names[k].textContent = name;
      picture.setAttribute("aria-label", `tangent image ${name}`);
    });
  }
}

// The metric in numbers.
/** @param {Metric} metric @returns {[string, string][]} */
export function metricFacts({ singular: [most, least] }) {
  return [
    ["s₁, s₂", `${brief(most)}, ${brief(least)}`],
    ["√det G", brief(most * least)],
    ["s₁ / s₂", least ? brief(most / least) : "∞"],
  ];
}

// The mean over channels.
/** @param {Float32Array} change @param {number} channels */
function acrossChannels(change, channels) {
  if (channels === 1) return change;
  const pixels = change.length / channels;
  const mean = new Float32Array(pixels);
  change.forEach((value, k) => {
    mean[k % pixels] += value / channels;
  });
  return mean;
}

/** @param {Float32Array} change @param {number} full */
function coloured(change, full) {
  const pixels = change.length;
  const colours = new Float32Array(3 * pixels);
  change.forEach((value, p) => {
    const [towards, share] = [value > 0 ? MORE : LESS, Math.abs(value) / full];
    for (let c = 0; c < 3; c++) colours[c * pixels + p] = NONE[c] + share * (towards[c] - NONE[c]);
  });
  return colours;
}
