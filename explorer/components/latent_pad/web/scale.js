// The colour bar of values by which codes are coloured.

import { element } from "../../web/dom.js";
import { formatNumber } from "./axes.js";
import { STOPS } from "./colours.js";

/** @import { Shades } from "./shades.js" */

export class Scale {
  /** @type {Shades | null} */
  shades = null;

  constructor() {
    this.element = element("div", { class: "scale", hidden: "" });
  }

  /** @param {Shades | null} shades */
  show(shades) {
    if (shades === this.shades) return;
    this.shades = shades;
    this.element.hidden = !shades;
    if (!shades) return;
    const { title, low, high, below, above } = shades;
    const step = (high - low) / 100 || 1;
    const [from, to] = [formatNumber(low, step), formatNumber(high, step)];
    const bar = element("span", { class: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--stops", STOPS.map((stop) => `rgb(${stop})`).join(", "));
    this.element.replaceChildren(
      element("span", { text: title }),
      element("span", { text: below ? `≤ ${from}` : from }),
      bar,
      element("span", { text: above ? `≥ ${to}` : to }),
    );
  }
}
