// Streamlit around the pad: reruns in, the visitor's state out.

import { element } from "./dom.js";
import { LatentPad } from "./pad.js";
import { loadPlane } from "./transport.js";

class Mount {
  constructor(root) {
    this.revision = null; // Python's last takeover that the pad has seen
    this.run = 0;
    this.pad = new LatentPad(root, { onState: (state) => this.say({ revision: this.revision, ...state }) });
    this.failure = element("div", { class: "failure", role: "alert", hidden: "" });
    this.pad.element.prepend(this.failure);
  }

  async update({ data, setStateValue }) {
    const run = ++this.run;
    this.say = (state) => setStateValue("pad", state);
    const { pad } = this;
    pad.setHeight(data.height);
    pad.refreshTheme(); // a change of theme comes as a rerun too
    if (JSON.stringify([data.classes, data.palette]) !== this.classes) {
      this.classes = JSON.stringify([data.classes, data.palette]);
      pad.setClasses(data.classes, data.palette);
    }
    let planes;
    try {
      planes = await Promise.all(data.planes.map((plane) => loadPlane(plane, resolve)));
    } catch (error) {
      if (run === this.run) this.showFailure(error, () => this.update({ data, setStateValue }));
      return;
    }
    if (run !== this.run) return; // a later rerun overtook this one
    this.failure.hidden = true;
    pad.setPlanes(planes);
    if (data.revision !== this.revision) {
      this.revision = data.revision;
      pad.setState(data.state);
    }
  }

  showFailure(error, retry) {
    const again = element("button", { type: "button", text: "Try again", on: { click: retry } });
    this.failure.replaceChildren(`The codes could not be loaded: ${error.message}. `, again);
    this.failure.hidden = false;
  }
}

// Media addresses start at the app's root, which a proxy may have moved. Streamlit's own script
// lies at <root>/static/js/, so the root is where the browser found that.
function resolve(address) {
  const script = document.querySelector('script[type="module"][src*="static/js/"]');
  const root = script ? new URL("../../", script.src) : document.baseURI;
  return new URL(address.replace(/^\//, ""), root).href;
}

const mounts = new WeakMap(); // parent element → Mount: the export below runs on every rerun

export default function (component) {
  const root = component.parentElement;
  if (!mounts.has(root)) mounts.set(root, new Mount(root));
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
