// Streamlit around the pad: reruns in, strokes out.

import { mounted } from "../../web/mounts.js";
import { DrawPad } from "./drawing.js";

class Mount {
  constructor(root, { strokes }) {
    this.pad = new DrawPad(root, { onStrokes: (drawn) => this.say(drawn) });
    this.pad.setStrokes(strokes); // only now: later the visitor knows better than any rerun
  }

  update({ data, setStateValue }) {
    this.say = (strokes) => setStateValue("strokes", strokes);
    this.pad.configure(data); // a change of theme comes as a rerun too, and is drawn here
  }

  destroy() {
    this.pad.destroy();
  }
}

export default function (component) {
  return mounted(component, () => new Mount(component.parentElement, component.data));
}
