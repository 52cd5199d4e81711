// Streamlit around the pad: reruns in, strokes out.

import { DrawPad } from "./drawing.js";

class Mount {
  constructor(root, { strokes }) {
    this.run = 0;
    this.pad = new DrawPad(root, { onStrokes: (drawn) => this.say(drawn) });
    this.pad.setStrokes(strokes); // only now: later the visitor knows better than any rerun
  }

  update({ data, setStateValue }) {
    this.run += 1;
    this.say = (strokes) => setStateValue("strokes", strokes);
    this.pad.configure(data); // a change of theme comes as a rerun too, and is drawn here
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
    // Streamlit also cleans up after a run that another has overtaken: the pad lives on then.
    if (run !== mount.run) return;
    mount.run += 1;
    mount.pad.destroy();
    mounts.delete(root);
  };
}
