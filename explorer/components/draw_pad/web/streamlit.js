// Streamlit around the pad: reruns in, strokes out.

import { mounted } from "../../web/mounts.js";
import { DrawPad } from "./drawing.js";

/** @import { Component as Handed } from "../../web/mounts.js" */
/** @import { Data, Stroke } from "./wire.d.ts" */

/** @typedef {Handed<Data>} Component */

class Mount {
  /** @type {(strokes: Stroke[]) => void} */
  say = () => {};

  /** @param {HTMLElement | ShadowRoot} root @param {Data} data */
  constructor(root, data) {
    this.pad = new DrawPad(root, data, { onStrokes: (drawn) => this.say(drawn) });
    this.pad.setStrokes(data.strokes); // only now: later the visitor's strokes win over any rerun
  }

  /** @param {Component} component */
  update({ data, setStateValue }) {
    this.say = (strokes) => setStateValue("strokes", strokes);
    this.pad.configure(data); // also draws a change of theme, which arrives as a rerun
  }

  destroy() {
    this.pad.destroy();
  }
}

/** @param {Component} component */
export default function (component) {
  return mounted(component, () => new Mount(component.parentElement, component.data));
}
