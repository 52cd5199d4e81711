// The buttons around the planes: layers, zoom and "clear" above, the legend of classes below.

import { element } from "../../web/dom.js";
import { LAYERS } from "./layers.js";

const BUTTON_ZOOM = 1.5;

export class Toolbar {
  constructor(pad) {
    this.pad = pad;
    this.toggles = LAYERS.map(({ name, label, hint }) =>
      element("button", {
        type: "button", class: "toggle", title: hint, text: label,
        on: { click: () => pad.toggleLayer(name) },
      }),
    );
    this.clear = button("Clear pins", "Remove all pins", () => pad.pins.clear());
    this.lock = button("Same z", "Look at the same z in every plane, not at the same image", () => pad.hover.toggleLock());
    this.lock.classList.add("toggle");
    const zoomAll = (factor) => pad.planes.forEach((plane) => pad.zoom(plane, factor));
    const allHome = () => pad.planes.forEach((plane) => pad.goHome(plane));
    const zoom = [
      button("−", "Zoom out (key −)", () => zoomAll(1 / BUTTON_ZOOM)),
      button("+", "Zoom in (key +)", () => zoomAll(BUTTON_ZOOM)),
      button("Reset", "Show everything (key 0, or double click)", allHome),
    ];
    this.element = element("div", { class: "toolbar" }, [
      element("div", { class: "group", role: "group", "aria-label": "Layers" }, this.toggles),
      element("div", { class: "group", role: "group", "aria-label": "View" }, [this.lock, this.clear, ...zoom]),
    ]);
  }

  update() {
    const { planes, state } = this.pad;
    LAYERS.forEach(({ name, has }, k) => {
      this.toggles[k].hidden = !planes.some(has);
      this.toggles[k].setAttribute("aria-pressed", String(state.layers.has(name)));
    });
    this.lock.hidden = planes.length < 2;
    this.lock.setAttribute("aria-pressed", String(this.pad.hover.sameZ));
    this.clear.hidden = state.pins.length === 0;
  }
}

export class Legend {
  constructor(pad) {
    this.pad = pad;
    this.element = element("div", { class: "legend", role: "group", "aria-label": "Classes" });
    this.buttons = [];
    this.all = button("Show all", "Show every class", () => pad.showAllClasses());
  }

  // One button per class; palette holds CSS colours.
  build(classes, palette) {
    const { pad } = this;
    this.buttons = classes.map((name, k) => {
      const swatch = element("span", { class: "swatch" });
      swatch.style.setProperty("--colour", palette[k]);
      return element("button", {
          type: "button",
          class: "class",
          title: `Show or grey out “${name}”; double click or Alt+click shows it alone`,
          on: {
            click: (event) => (event.altKey ? pad.isolateClass(k) : pad.toggleClass(k)),
            dblclick: () => pad.isolateClass(k),
          },
        }, [swatch, name]);
    });
    this.element.replaceChildren(...this.buttons, this.all);
  }

  update() {
    const { hidden } = this.pad.state;
    this.buttons.forEach((one, k) => one.setAttribute("aria-pressed", String(!hidden.has(k))));
    this.all.hidden = hidden.size === 0;
  }
}

function button(text, title, click) {
  return element("button", { type: "button", text, title, "aria-label": title, on: { click } });
}
