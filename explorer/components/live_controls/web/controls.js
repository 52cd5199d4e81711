// The knobs of a live training: sliders that speak while they are dragged, and a few buttons.
//
//   const controls = new LiveControls(root, state, { limits, least, speeds, families, onState });
//
// state: {family, kl_weight, scale, latent_dim, speed, playing, steps, seed}. onState(state, rests)
// hears all of it, at most every REPORT ms and in any case at last; rests is false in a drag.
// The style sheet style.css must be present in the same document or shadow root.

import { Curve } from "./curve.js";
import { STEPS, placeOf, weightAt } from "./scale.js";

const REPORT = 125; // ms
const WORDS = { slow: "slow motion", medium: "100 steps/s", full: "full speed", vae: "VAE", ae: "AE" };
const HINTS = {
  play: "Let it train, or halt it where it stands",
  step: "One optimiser step: the loss of one batch of 128 images, and one move of all weights",
  afresh: "Draw new random weights and train from there",
  slow: "8 optimiser steps a second, each of them drawn",
  medium: "100 optimiser steps a second, about 11 epochs",
  full: "As fast as one core of the server goes",
  vae: "With a posterior around each code, and a KL term",
  ae: "The same networks, without noise and without a KL term",
  kl_weight: "How much the KL term counts: 1 is the evidence bound, more pulls the codes to the prior",
  scale: "The standard deviation that p(x|z) gives each pixel: reconstruction errors are divided by 2σ²",
  latent_dim: "Dimensions of the code; weights of those that stay are kept",
};

export class LiveControls {
  constructor(root, state, { limits, least, speeds, families, onState }) {
    Object.assign(this, { state: { ...state }, limits, least, onState, last: -Infinity, timer: null });
    this.element = document.createElement("div");
    this.element.className = "themed live-controls";
    this.element.innerHTML = `
      <div class="bar">
        <button type="button" class="play" title="${HINTS.play}"></button>
        <button type="button" class="step" title="${HINTS.step}">Step</button>
        <button type="button" class="afresh" title="${HINTS.afresh}">Start afresh</button>
      </div>
      <div class="bar">${choice("family", "Model", families)}${choice("speed", "Speed", speeds)}</div>
      <div class="chart"></div>
      ${slider("kl_weight", "KL weight β")}
      ${slider("scale", "Pixel standard deviation σ")}
      ${slider("latent_dim", "Latent dimensions")}`;
    this.part = (selector) => this.element.querySelector(selector);
    root.append(this.element);
    this.curve = new Curve(this.part(".chart"), { least, most: limits.kl_weight[1] });
    this.setUp("kl_weight", 0, STEPS, 1);
    this.setUp("scale", ...limits.scale, 0.01);
    this.setUp("latent_dim", ...limits.latent_dim, 1);
    this.part(".play").addEventListener("click", () => this.change({ playing: !this.state.playing }));
    this.part(".step").addEventListener("click", () => this.change({ playing: false, steps: this.state.steps + 1 }));
    this.part(".afresh").addEventListener("click", () => this.change({ seed: (this.state.seed + 1) % limits.seed[1] }));
    for (const radio of this.element.querySelectorAll("[type=radio]")) {
      radio.addEventListener("change", () => this.change({ [radio.dataset.knob]: radio.value }));
    }
    this.say();
  }

  destroy() {
    clearTimeout(this.timer);
    this.curve.destroy();
    this.element.remove();
  }

  setUp(knob, min, max, step) {
    const input = this.part(`#${knob}`);
    Object.assign(input, { min, max, step });
    input.value = knob === "kl_weight" ? placeOf(this.state.kl_weight, this.least, this.limits.kl_weight[1]) : this.state[knob];
    const read = () => {
      const value = Number(input.value);
      return { [knob]: knob === "kl_weight" ? weightAt(value, this.least, this.limits.kl_weight[1]) : value };
    };
    input.addEventListener("input", () => this.change(read(), false));
    input.addEventListener("change", () => this.change(read()));
  }

  // ---- what a visitor does

  change(values, rests = true) {
    Object.assign(this.state, values);
    this.rests = rests;
    this.say();
    const wait = this.last + REPORT - performance.now();
    if (wait > 0) this.timer ??= setTimeout(() => this.report(), wait);
    else this.report();
  }

  report() {
    clearTimeout(this.timer);
    this.timer = null;
    this.last = performance.now();
    this.onState({ ...this.state }, this.rests);
  }

  // ---- what is shown

  // snapshot: {number, family, kl_weight, scale, seed, kl} of the training, or null; thresholds:
  // weights at which theory has dimensions die.
  show(snapshot, thresholds) {
    this.curve.show(snapshot, thresholds);
  }

  say() {
    const { state } = this;
    const isVAE = state.family === "vae";
    this.part(".play").textContent = state.playing ? "❚❚ Pause" : "▶ Train";
    // An AE has no KL term.
    this.part(".chart").classList.toggle("none", !isVAE);
    this.part("#kl_weight").disabled = !isVAE;
    for (const radio of this.element.querySelectorAll("[type=radio]")) radio.checked = state[radio.dataset.knob] === radio.value;
    const shown = { kl_weight: isVAE ? String(state.kl_weight) : "none", scale: state.scale.toFixed(2), latent_dim: String(state.latent_dim) };
    for (const [knob, words] of Object.entries(shown)) {
      this.part(`output[for=${knob}]`).textContent = words;
      this.part(`#${knob}`).setAttribute("aria-valuetext", words);
    }
  }
}

function slider(knob, label) {
  return `<div class="slider" title="${HINTS[knob]}">
    <label for="${knob}">${label}</label><output for="${knob}"></output><input type="range" id="${knob}">
  </div>`;
}

function choice(knob, label, values) {
  const radios = values.map(
    (value) => `<label title="${HINTS[value]}"><input type="radio" name="${knob}" data-knob="${knob}" value="${value}"><span>${WORDS[value]}</span></label>`,
  );
  return `<div class="choice" role="radiogroup" aria-label="${label}">${radios.join("")}</div>`;
}
