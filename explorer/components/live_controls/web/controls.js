// The knobs of a live training: sliders that report their values while dragged, and a few buttons.
//
//   const controls = new LiveControls(root, { controls, limits, least, speeds, families }, onState);
//
// onState(state, rests) gets the whole state, at most every REPORT ms and always after the last change;
// rests is false during a drag. The style sheet style.css must be present in the same document or
// shadow root.

import { element } from "../../web/dom.js";
import { Curve } from "./curve.js";
import { STEPS, placeOf, weightAt } from "./scale.js";

/** @import { Controls, Data, Family, Snapshot, Speed } from "./wire.d.ts" */

/** @typedef {"kl_weight" | "scale" | "latent_dim"} Knob */
/** @typedef {{ element: HTMLElement, input: HTMLInputElement, output: HTMLElement }} Slider */
/** @typedef {(state: Controls, rests: boolean) => void} OnState */

const REPORT = 125; // ms
/** @type {Record<Family | Speed, string>} */
const WORDS = { slow: "slow motion", medium: "100 steps/s", full: "full speed", vae: "VAE", ae: "AE" };
/** @type {Record<Family | Speed | Knob | "play" | "step" | "afresh", string>} */
const HINTS = {
  play: "Train, or pause the training",
  step: "One optimiser step: the loss of one batch of 128 images, and one update of all weights",
  afresh: "Draw new random weights and train from there",
  slow: "8 optimiser steps per second, each of them drawn",
  medium: "100 optimiser steps per second, about 11 epochs",
  full: "As fast as one core of the server can train",
  vae: "With a posterior around each code, and a KL term",
  ae: "The same networks, without noise and without a KL term",
  kl_weight: "The weight of the KL term: 1 gives the evidence lower bound, more pulls the codes to the prior",
  scale: "The standard deviation that p(x|z) gives each pixel: squared errors are divided by 2σ²",
  latent_dim: "Dimensions of the code; dimensions that stay keep their weights",
};

export class LiveControls {
  last = -Infinity; // time of the last report, in ms
  rests = true;
  /** @type {number | undefined} of the next report */
  timer;

  /** @param {HTMLElement | ShadowRoot} root @param {Omit<Data, "snapshot" | "thresholds">} data @param {OnState} onState */
  constructor(root, { controls, limits, least, speeds, families }, onState) {
    this.state = { ...controls };
    this.onState = onState;
    const most = limits.kl_weight[1];
    const seeds = limits.seed[1];
    this.play = button("play", "", () => this.change({ playing: !this.state.playing }));
    const step = button("step", "Step", () => this.change({ playing: false, steps: this.state.steps + 1 }));
    const afresh = button("afresh", "Start afresh", () => this.change({ seed: (this.state.seed + 1) % seeds }));
    this.families = families.map((value) => radio("family", value, () => this.change({ family: value })));
    this.speeds = speeds.map((value) => radio("speed", value, () => this.change({ speed: value })));
    this.chart = element("div", { class: "chart" });
    this.curve = new Curve(this.chart, { least, most });
    this.sliders = {
      kl_weight: slider("kl_weight", "KL weight β", [0, STEPS, 1], placeOf(controls.kl_weight, least, most)),
      scale: slider("scale", "Pixel standard deviation σ", [...limits.scale, 0.01], controls.scale),
      latent_dim: slider("latent_dim", "Latent dimensions", [...limits.latent_dim, 1], controls.latent_dim),
    };
    this.hear(this.sliders.kl_weight, (place) => ({ kl_weight: weightAt(place, least, most) }));
    this.hear(this.sliders.scale, (scale) => ({ scale }));
    this.hear(this.sliders.latent_dim, (latent_dim) => ({ latent_dim }));
    this.element = element("div", { class: "themed live-controls" }, [
      element("div", { class: "bar" }, [this.play, step, afresh]),
      element("div", { class: "bar" }, [choice("Model", this.families), choice("Speed", this.speeds)]),
      this.chart,
      ...Object.values(this.sliders).map((one) => one.element),
    ]);
    root.append(this.element);
    this.say();
  }

  destroy() {
    clearTimeout(this.timer);
    this.curve.destroy();
    this.element.remove();
  }

  /** @param {Slider} slider @param {(value: number) => Partial<Controls>} set */
  hear({ input }, set) {
    input.addEventListener("input", () => this.change(set(Number(input.value)), false));
    input.addEventListener("change", () => this.change(set(Number(input.value))));
  }

  // ---- what a visitor does

  /** @param {Partial<Controls>} values */
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
    this.timer = undefined;
    this.last = performance.now();
    this.onState({ ...this.state }, this.rests);
  }

  // ---- what is shown

  /** @param {Snapshot | null} snapshot @param {number[]} thresholds */
  show(snapshot, thresholds) {
    this.curve.show(snapshot, thresholds);
  }

  say() {
    const { state, sliders } = this;
    const isVAE = state.family === "vae";
    this.play.textContent = state.playing ? "❚❚ Pause" : "▶ Train";
    // An AE has no KL term.
    this.chart.classList.toggle("none", !isVAE);
    sliders.kl_weight.input.disabled = !isVAE;
    for (const { input } of this.families) input.checked = input.value === state.family;
    for (const { input } of this.speeds) input.checked = input.value === state.speed;
    name(sliders.kl_weight, isVAE ? String(state.kl_weight) : "none");
    name(sliders.scale, state.scale.toFixed(2));
    name(sliders.latent_dim, String(state.latent_dim));
  }
}

// Show the value of a slider as text.
/** @param {Slider} slider @param {string} words */
function name({ input, output }, words) {
  output.textContent = words;
  input.setAttribute("aria-valuetext", words);
}

/** @param {"play" | "step" | "afresh"} name @param {string} text @param {() => void} click */
function button(name, text, click) {
  return element("button", { type: "button", class: name, title: HINTS[name], text, on: { click } });
}

/** @param {Knob} knob @param {string} label @param {[number, number, number]} scale @param {number} value @returns {Slider} */
function slider(knob, label, [min, max, step], value) {
  const input = element("input", { type: "range", id: knob, min, max, step });
  input.value = String(value);
  const output = element("output", { for: knob });
  const parts = [element("label", { for: knob, text: label }), output, input];
  return { input, output, element: element("div", { class: "slider", title: HINTS[knob] }, parts) };
}

/** @param {"family" | "speed"} knob @param {Family | Speed} value @param {() => void} change */
function radio(knob, value, change) {
  const input = element("input", { type: "radio", name: knob, value, on: { change } });
  return { input, element: element("label", { title: HINTS[value] }, [input, element("span", { text: WORDS[value] })]) };
}

/** @param {string} label @param {{ element: HTMLElement }[]} radios */
function choice(label, radios) {
  const group = { class: "choice", role: "radiogroup", "aria-label": label };
  return element("div", group, radios.map((one) => one.element));
}
