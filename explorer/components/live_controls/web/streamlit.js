// Streamlit around the knobs: reruns in, what the visitor set out.

import { LiveControls } from "./controls.js";

class Mount {
  constructor(root, { controls, ...rest }) {
    this.run = 0;
    // Only now: later the visitor knows better than any rerun.
    this.controls = new LiveControls(root, controls, { ...rest, onState: (state, rests) => this.say({ ...state, rests }) });
  }

  update({ data, setStateValue }) {
    this.run += 1;
    this.say = (state) => setStateValue("controls", state);
    this.controls.show(data.snapshot, data.thresholds);
  }
}

const mounts = new WeakMap(); // parent element → Mount: the export below runs on every rerun

export default function (component) {
  const root = component.parentElement;
  if (!mounts.has(root)) mounts.set(root, new Mount(root, component.data));
  const mount = mounts.get(root);
  mount.update(component);
  const { run } = mount;
  return () => {
    // Streamlit also cleans up after a run that another has overtaken: the knobs live on then.
    if (run !== mount.run) return;
    mount.run += 1;
    mount.controls.destroy();
    mounts.delete(root);
  };
}
