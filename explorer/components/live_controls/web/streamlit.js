// Streamlit around the knobs: reruns in, what the visitor set out.

import { mounted } from "../../web/mounts.js";
import { LiveControls } from "./controls.js";

class Mount {
  constructor(root, { controls, ...rest }) {
    // Only now: later the visitor knows better than any rerun.
    this.controls = new LiveControls(root, controls, { ...rest, onState: (state, rests) => this.say({ ...state, rests }) });
  }

  update({ data, setStateValue }) {
    this.say = (state) => setStateValue("controls", state);
    this.controls.show(data.snapshot, data.thresholds);
  }

  destroy() {
    this.controls.destroy();
  }
}

export default function (component) {
  return mounted(component, () => new Mount(component.parentElement, component.data));
}
