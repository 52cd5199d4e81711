// The buttons around the planes: layers, pins and zoom above, the class legend below.

import { element } from "../../web/dom.js";
import { LAYERS } from "./layers.js";
import { Scale } from "./scale.js";

/** @import { LatentPad } from "./pad.js" */
/** @import { Plane } from "./plane.js" */

const BUTTON_ZOOM = 1.5;

export class Toolbar {
  /** @param {LatentPad} pad */
  constructor(pad) {
    this.pad = pad;
    this.toggles = LAYERS.map(({ name, label, hint }) =>
      element("button", {
        type: "button", class: "toggle", title: hint, text: label,
        on: { click: () => pad.look({ type: "toggle layer", name }) },
      }),
    );
    this.clear = button("Clear pins", "Remove all pins", () => pad.pins.clear());
    this.undo = button("Undo", "Put the removed pins back (Ctrl+Z)", () => pad.pins.undo());
    this.lock = button("Same z", "Show the same z in every plane instead of the same image", () => pad.dispatch({ type: "toggle same z" }));
    this.lock.classList.add("toggle");
    this.zoomed = button("Same zoom", "Show the same part of every plane: zoom and pan all of them together", () => pad.zoomTogether(!pad.sameZoom));
    this.zoomed.classList.add("toggle");
    const all = (/** @type {(plane: Plane) => void} */ act) => () => pad.planes.forEach(act);
    const zoom = [
      button("−", "Zoom out (key −)", all((plane) => plane.zoom(1 / BUTTON_ZOOM))),
      button("+", "Zoom in (key +)", all((plane) => plane.zoom(BUTTON_ZOOM))),
      button("Reset", "Show everything (key 0 or double-click)", all((plane) => plane.goHome())),
    ];
    if (document.fullscreenEnabled) zoom.push(button("Full screen", "Fill the screen with the planes, or no longer", () => this.fill()));
    this.element = element("div", { class: "toolbar" }, [
      element("div", { class: "group", role: "group", "aria-label": "Layers" }, this.toggles),
      element("div", { class: "group", role: "group", "aria-label": "View" }, [this.lock, this.zoomed, this.undo, this.clear, ...zoom]),
    ]);
  }

  // Fill the screen with the planes, or no longer.
  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.pad.element.requestFullscreen();
  }

  update() {
    const { planes, state } = this.pad;
    LAYERS.forEach(({ name, has }, k) => {
      this.toggles[k].hidden = !planes.some(has);
      this.toggles[k].setAttribute("aria-pressed", String(state.layers.has(name)));
    });
    this.lock.hidden = this.zoomed.hidden = planes.length < 2;
    this.zoomed.setAttribute("aria-pressed", String(this.pad.sameZoom));
    this.lock.setAttribute("aria-pressed", String(state.sameZ));
    this.undo.hidden = state.lost === null;
    this.clear.hidden = state.pins.length === 0;
  }
}

export class Legend {
  /** @type {HTMLButtonElement[]} */
  buttons = [];

  /** @param {LatentPad} pad */
  constructor(pad) {
    this.pad = pad;
    this.element = element("div", { class: "legend", role: "group", "aria-label": "Classes" });
    this.scale = new Scale();
    this.all = button("Show all", "Show every class", () => pad.look({ type: "show all classes" }));
  }

  // One button per class.
  /** @param {readonly string[]} classes @param {readonly string[]} palette CSS colours */
  build(classes, palette) {
    const { pad } = this;
    this.buttons = classes.map((name, k) => {
      const toggle = () => pad.look({ type: "toggle class", index: k });
      const isolate = () => pad.look({ type: "isolate class", index: k, count: classes.length });
      const swatch = element("span", { class: "swatch" });
      swatch.style.setProperty("--colour", palette[k]);
      return element("button", {
          type: "button",
          class: "class",
          title: `Show or grey out “${name}”; double-click or Alt+click to show it alone`,
          on: {
            click: (event) => (event.altKey ? isolate() : toggle()),
            dblclick: isolate,
            pointerenter: () => pad.painting.bringForward(k),
            pointerleave: () => pad.painting.bringForward(null),
          },
        }, [swatch, name]);
    });
    this.element.replaceChildren(this.scale.element, ...this.buttons, this.all);
  }

  update() {
    const { planes, state } = this.pad;
    const shades = planes.find(({ frame }) => frame.shades)?.frame.shades ?? null;
    this.scale.show(shades);
    this.element.classList.toggle("shaded", shades !== null);
    const { hidden } = state;
    for (const [k, one] of this.buttons.entries()) one.setAttribute("aria-pressed", String(!hidden.has(k)));
    this.all.hidden = hidden.size === 0;
  }
}

/** @param {string} text @param {string} title @param {() => void} click */
function button(text, title, click) {
  // A name contains the text that is seen; a sign alone says nothing.
  const name = /\w/.test(text) ? {} : { "aria-label": title };
  return element("button", { type: "button", text, title, ...name, on: { click } });
}
