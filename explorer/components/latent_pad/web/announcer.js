// Announcements for screen readers.

import { element } from "../../web/dom.js";

const REST = 300; // ms for which the cursor must rest before its position is announced

export class Announcer {
  element = element("div", { class: "unseen", "aria-live": "polite" });
  /** @type {number | undefined} */
  timer;

  /** @param {string} words */
  say(words) {
    this.stop();
    this.element.textContent = words;
  }

  /** @param {string} words */
  sayAtRest(words) {
    this.stop();
    this.timer = setTimeout(() => this.say(words), REST);
  }

  stop() {
    clearTimeout(this.timer);
  }
}
