// Streamlit around the curve: reruns in, picks out.

import { RateCurve } from "./curve.js";

class Mount {
  constructor(root, { heard }) {
    this.run = 0;
    this.number = heard; // of picks told so far
    this.curve = new RateCurve(root, { onPick: (index) => this.say({ index, number: ++this.number }) });
  }

  update({ data, setStateValue }) {
    this.run += 1;
    this.say = (pick) => setStateValue("pick", pick);
    this.curve.show(data);
    // An answer to what was said before the last pick comes too late.
    if (data.heard >= this.number && !this.curve.dragging) this.curve.setCurrent(data.current);
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
    // Streamlit also cleans up after a run that another has overtaken: the curve lives on then.
    if (run !== mount.run) return;
    mount.run += 1;
    mount.curve.destroy();
    mounts.delete(root);
  };
}
