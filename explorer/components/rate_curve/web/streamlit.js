// Streamlit around the curve: reruns in, picks out.

import { mounted } from "../../web/mounts.js";
import { RateCurve } from "./curve.js";

/** @import { Component as Handed } from "../../web/mounts.js" */
/** @import { Data, Picked } from "./wire.d.ts" */

/** @typedef {Handed<Data>} Component */

class Mount {
  /** @type {(pick: Picked) => void} */
  say = () => {};

  /** @param {HTMLElement | ShadowRoot} root @param {Data} data */
  constructor(root, data) {
    this.number = data.heard; // of picks reported so far
    this.curve = new RateCurve(root, data, { onPick: (index) => this.say({ index, number: ++this.number }) });
  }

  /** @param {Component} component */
  update({ data, setStateValue }) {
    this.say = (pick) => setStateValue("pick", pick);
    this.curve.show(data);
    // Ignore an answer from before the last pick: it comes too late.
    if (data.heard >= this.number && !this.curve.dragging) this.curve.setCurrent(data.current);
  }

  destroy() {
    this.curve.destroy();
  }
}

/** @param {Component} component */
export default function (component) {
  return mounted(component, () => new Mount(component.parentElement, component.data));
}
