// A link to all that the page shows, a screen for an audience, and a way past the navigation.

import { replaceAddress } from "../../web/address.js";
import { element } from "../../web/dom.js";
import { fullAddress, switched } from "./links.js";

/** @import { Component } from "../../web/mounts.js" */
/** @import { Data } from "./wire.d.ts" */

const SAID = 2000; // ms for which a button says what it has done
const PLANE = "[class*='st-key-pad-of']"; // the element around a pad: see show_pad
const page = document.documentElement;

export class Tools {
  /** @type {Data} */
  data = { shown: {}, present: "" };
  /** @type {number | undefined} */
  timer;

  /** @param {HTMLElement | ShadowRoot} root */
  constructor(root) {
    this.copy = button("Copy link", "Copy a link to all that this page shows", () => this.copyLink());
    this.start = button("Present", "Show the plane to an audience: large, without controls", () => this.present(true));
    this.open = button("Controls", "Show or hide the controls", () => this.show(!page.classList.contains("controls")));
    this.leave = button("Leave", "Leave the presentation", () => this.present(false));
    this.start.classList.add("start");
    const bar = element("div", { class: "bar" }, [this.copy, this.start]);
    const corner = element("div", { class: "corner" }, [this.open, this.leave]);
    this.words = element("span", { class: "unseen", "aria-live": "polite" });
    this.element = element("div", { class: "themed tools" }, [bar, corner, this.words]);
    root.append(this.element);
    this.skip = element("a", { href: "#", class: "explorer-skip", text: "Skip to the plane", on: { click: (event) => skip(event) } });
    document.body.prepend(this.skip);
  }

  destroy() {
    clearTimeout(this.timer);
    this.element.remove();
    this.skip.remove();
    page.classList.remove("presenting", "controls");
  }

  /** @param {Component<Data>} component */
  update({ data }) {
    this.data = data;
    this.arrange(new URL(window.location.href).searchParams.get(data.present) === "1");
  }

  async copyLink() {
    const link = fullAddress(window.location.href, this.data.shown);
    this.element.dataset.link = link;
    try {
      await navigator.clipboard.writeText(link);
      this.say("Copied");
    } catch {
      // The clipboard is closed to pages without TLS, and where it was forbidden.
      window.prompt("Copy this link:", link);
    }
  }

  /** @param {string} words */
  say(words) {
    clearTimeout(this.timer);
    this.words.textContent = words;
    this.copy.textContent = words;
    this.timer = setTimeout(() => {
      this.copy.textContent = "Copy link";
    }, SAID);
  }

  /** @param {boolean} on */
  present(on) {
    replaceAddress(switched(window.location.href, this.data.present, on));
    this.arrange(on);
    if (on) page.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) document.exitFullscreen();
  }

  /** @param {boolean} on */
  arrange(on) {
    page.classList.toggle("presenting", on);
    this.element.classList.toggle("audience", on);
    if (!on) this.show(false);
  }

  /** @param {boolean} on */
  show(on) {
    page.classList.toggle("controls", on);
    this.open.setAttribute("aria-pressed", String(on));
  }
}

// Move the focus to the first plane, wherever its shadow root is.
/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  for (const host of document.querySelectorAll(`${PLANE}, ${PLANE} *`)) {
    const plane = (host.shadowRoot ?? host).querySelector("canvas.map");
    if (plane instanceof HTMLElement) return plane.focus();
  }
}

/** @param {string} text @param {string} title @param {() => void} click */
function button(text, title, click) {
  return element("button", { type: "button", text, title, on: { click } });
}
