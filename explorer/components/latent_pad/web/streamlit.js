// Connects the pad to Streamlit: takes data from reruns, and reports the visitor's state.

import { element } from "../../web/dom.js";
import { mounted } from "../../web/mounts.js";
import { onPaper } from "./colours.js";
import { adopt, join, leave, share, writeAddress } from "./neighbours.js";
import { LatentPad } from "./pad.js";
import { canvasFromBase64 } from "./picture.js";
import { takePlaces, writePlaces } from "./places.js";
import { loadFrame, readText } from "./transport.js";

/** @import { Component as Mounted } from "../../web/mounts.js" */
/** @import { Frame } from "./frame.js" */
/** @import { Exact, Look, Pin } from "./state.js" */
/** @import { Resolve } from "./transport.js" */
/** @import { Data, Decoder, Film, Message, Picture, Pin as PackedPin } from "./wire.d.ts" */

/** @typedef {Mounted<Data>} Component */
/** @typedef {{ axis: string, names: string[], frames: Frame[], isLight: boolean }} LoadedFilm */

const HEAVY = 2e7; // total bytes of a film's decoders above which they are not prefetched

class Mount {
  /** @type {number | null} Python's last takeover that the pad has seen */
  revision = null;
  run = 0;
  gone = false;
  flowing = false; // whether live planes are being shown
  /** @type {Component | null} the newest live run, if it has not been shown yet */
  next = null;
  /** @type {(message: Message) => void} */
  say = () => {};
  /** @type {Data["links"]} */
  links = {};
  classes = ""; // and their colours, as JSON

  /** @param {HTMLElement | ShadowRoot} host @param {string} root the app's root URL, which may be below a proxy's path */
  constructor(host, root) {
    this.root = root;
    this.pad = new LatentPad(host, {
      onState: (said) => this.say({ revision: this.revision, ...said, pins: said.pins.map(packed) }),
      onLook: (look) => this.share(look),
      onPlaces: () => writePlaces(this.pad, this.links),
    });
    this.style = document.createElement("style");
    this.failure = element("div", { class: "failure", role: "alert", hidden: "" });
    this.pad.element.prepend(this.style, this.failure);
    this.pad.element.hidden = true; // until its style sheet is loaded
    join(this.pad);
  }

  destroy() {
    this.run += 1;
    this.gone = true;
    this.pad.destroy();
    leave(this.pad);
  }

  /** @param {Component} component */
  update(component) {
    const run = ++this.run;
    const isLive = component.data.films.some(({ frames }) => frames.some((frame) => frame.live));
    return isLive ? this.flow(component) : this.show(component, () => run !== this.run);
  }

  // Live runs arrive continuously: each is shown completely, and then the newest, skipping others.
  /** @param {Component} component */
  async flow(component) {
    this.next = component;
    if (this.flowing) return;
    this.flowing = true;
    while (this.next && !this.gone) {
      const newest = this.next;
      this.next = null;
      await this.show(newest, () => this.gone);
    }
    this.flowing = false;
  }

  /** @param {Component} component @param {() => boolean} isStale */
  async show(component, isStale) {
    const { data, setStateValue } = component;
    this.links = data.links;
    this.say = (message) => setStateValue("pad", message);
    /** @type {Resolve} */
    const resolve = (address) => (address.startsWith("data:") ? address : new URL(address.slice(1), this.root).href);
    let films;
    try {
      this.style.textContent = await readText(resolve(data.style));
      if (!isStale()) this.dress(data);
      films = await Promise.all(data.films.map((film) => this.load(film, resolve)));
    } catch (error) {
      if (!isStale()) this.showFailure(error, () => this.update(component));
      return;
    }
    if (isStale()) return; // a later rerun overtook this one
    this.failure.hidden = true;
    this.take(data, films);
    this.loadDecoders(films, isStale);
  }

  /** @param {Data} data @param {LoadedFilm[]} films */
  take(data, films) {
    const { pad } = this;
    const isFirst = this.revision === null;
    if (isFirst) pad.player.jump(data.state.frame);
    pad.setFilms(films);
    if (data.revision !== this.revision) {
      this.revision = data.revision;
      pad.setState({ ...data.state, pins: data.state.pins.map(unpacked) });
    }
    if (isFirst) {
      adopt(pad);
      takePlaces(pad, this.links);
    }
    pad.setPictures(data.pictures.flatMap(unpackedPicture), data.path);
    writeAddress(pad.state, this.links);
  }

  /** @param {Data} data */
  dress(data) {
    const { pad } = this;
    pad.element.hidden = false;
    pad.setHeight(data.height);
    pad.painting.refreshTheme(); // a change of theme also triggers a rerun
    const palette = data.palette.map((pair) => onPaper(pair, pad.painting.theme));
    const classes = JSON.stringify([data.classes, palette]);
    if (classes !== this.classes) pad.setClasses(data.classes, palette);
    this.classes = classes;
  }

  /** @param {Film} film @param {Resolve} resolve @returns {Promise<LoadedFilm>} */
  async load({ frames, ...words }, resolve) {
    const ready = () => {
      for (const plane of this.pad.planes) plane.renew();
      this.pad.painting.renewPins();
    };
    const loaded = frames.map((frame) => loadFrame(frame, resolve, ready));
    const bytes = frames.reduce((sum, { decoder }) => sum + bytesOf(decoder), 0);
    const complete = await Promise.all(loaded);
    // A live plane waits for its decoder, as otherwise the picture under the cursor would flicker.
    for (const frame of complete) if (frame.live) await frame.load();
    return { ...words, frames: complete, isLight: bytes < HEAVY };
  }

  // Load the decoders: first those of the frames shown, then the others of each film one by one.
  // Those of heavy films are loaded only when the film rests at their frame.
  /** @param {LoadedFilm[]} films @param {() => boolean} isStale */
  async loadDecoders(films, isStale) {
    await Promise.all(this.pad.planes.map((plane) => plane.frame.load()));
    for (const { frames, isLight } of films) {
      for (const frame of frames) if (isLight && !isStale()) await frame.load();
    }
  }

  /** @param {unknown} error @param {() => void} retry */
  showFailure(error, retry) {
    const words = error instanceof Error ? error.message : String(error);
    const again = element("button", { type: "button", text: "Try again", on: { click: retry } });
    this.failure.replaceChildren(`The codes could not be loaded: ${words}. `, again);
    this.failure.hidden = false;
    this.pad.element.hidden = false;
  }

  /** @param {Look} look */
  share(look) {
    share(look, this.pad);
    writeAddress(look, this.links);
  }
}

/** @param {Pin} pin @returns {PackedPin} */
function packed({ plane, x, y, point }) {
  return point === null ? [plane, x, y] : [plane, x, y, point];
}

/** @param {PackedPin} pin @returns {Pin} */
function unpacked([plane, x, y, point]) {
  return { plane, x, y, point: point ?? null };
}

/** @param {Picture} picture @returns {Exact[]} one, if the picture is known */
function unpackedPicture({ frame, pin, shape, decoded, original, code = null }) {
  if (!pin || !shape || !decoded) return [];
  const image = original ? canvasFromBase64(original, shape) : null;
  return [{ frame, pin: unpacked(pin), decoded: canvasFromBase64(decoded, shape), original: image, code }];
}

/** @param {Decoder | null} decoder */
function bytesOf(decoder) {
  if (!decoder) return 0;
  const sizes = [decoder.inputs, ...decoder.widths];
  return (decoder.bits / 8) * decoder.widths.reduce((sum, outputs, k) => sum + outputs * (sizes[k] + 1), 0);
}

/** @param {Component} component @param {string} root */
export default function (component, root) {
  return mounted(component, () => new Mount(component.parentElement, root));
}
