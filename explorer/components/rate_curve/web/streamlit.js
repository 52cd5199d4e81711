// Streamlit around the curve: reruns in, picks out.

import { mounted } from "../../web/mounts.js";
import { RateCurve } from "./curve.js";

class Mount {
  constructor(root, { heard }) {
    this.number = heard; // of picks told so far
    this.curve = new RateCurve(root, { onPick: (index) => this.say({ index, number: ++this.number }) });
  }

  update({ data, setStateValue }) {
    this.say = (pick) => setStateValue("pick", pick);
    this.curve.show(data);
    // An answer to what was said before the last pick comes too late.
    if (data.heard >= this.number && !this.curve.dragging) this.curve.setCurrent(data.current);
  }

  destroy() {
    this.curve.destroy();
  }
}

export default function (component) {
  return mounted(component, () => new Mount(component.parentElement, component.data));
}
