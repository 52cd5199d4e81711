// Streamlit around the knobs: reruns in, what the visitor set out.

import { LiveControls } from "./controls.js";

const OVERTAKEN = 1000; // ms within which a run that overtakes another is heard of

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
  const destroy = () => {
    if (run !== mount.run) return;
    mount.run += 1;
    mount.controls.destroy();
    mounts.delete(root);
  };
  // Streamlit also cleans up after a run that another overtakes, which then is yet to be heard of:
  // the knobs live on.
  return () => (root.isConnected ? setTimeout(destroy, OVERTAKEN) : destroy());
}
