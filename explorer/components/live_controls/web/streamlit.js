// Streamlit around the knobs: reruns in, settings out.

import { mounted } from "../../web/mounts.js";
import { LiveControls } from "./controls.js";

/** @import { Component as Handed } from "../../web/mounts.js" */
/** @import { Controls, Data } from "./wire.d.ts" */

/** @typedef {Handed<Data>} Component */

class Mount {
  /** @type {(said: Controls & { rests: boolean }) => void} */
  say = () => {};

  /** @param {HTMLElement | ShadowRoot} root @param {Data} data */
  constructor(root, data) {
    // Only now are values taken from Python: later the visitor's settings win over any rerun.
    this.controls = new LiveControls(root, data, (state, rests) => this.say({ ...state, rests }));
  }

  /** @param {Component} component */
  update({ data, setStateValue }) {
    this.say = (said) => setStateValue("controls", said);
    this.controls.show(data.snapshot, data.thresholds);
  }

  destroy() {
    this.controls.destroy();
  }
}

/** @param {Component} component */
export default function (component) {
  return mounted(component, () => new Mount(component.parentElement, component.data));
}
