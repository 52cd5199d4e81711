// A hint on a plane, shown to each browser once.

import { element } from "../../web/dom.js";

const KNOWN = "explorer: the wheel's hint was shown";
const SECONDS = 4;

export class Hint {
  element = element("div", {
    class: "hint", hidden: "", text: "Click the plane, or hold Ctrl, to zoom with the wheel.",
  });
  /** @type {number | undefined} */
  timer;

  show() {
    if (this.timer !== undefined || remembered()) return;
    remember();
    this.element.hidden = false;
    this.timer = setTimeout(() => {
      this.element.hidden = true;
    }, 1000 * SECONDS);
  }
}

// A browser that keeps nothing is shown the hint once per visit.
function remembered() {
  try {
    return window.localStorage.getItem(KNOWN) !== null;
  } catch {
    return false;
  }
}

function remember() {
  try {
    window.localStorage.setItem(KNOWN, "yes");
  } catch {
    // It is shown again on the next visit.
  }
}
