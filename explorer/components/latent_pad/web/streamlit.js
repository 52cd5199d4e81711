// Streamlit around the pad: reruns in, the visitor's state out.

import { mounted } from "../../web/mounts.js";
import { element } from "../../web/dom.js";
import { LatentPad } from "./pad.js";
import { drawn } from "./picture.js";
import { loadFrame, readText } from "./transport.js";

const HEAVY = 2e7; // bytes of a film's decoders together that are not fetched ahead

class Mount {
  constructor(host, root) {
    this.revision = null; // Python's last takeover that the pad has seen
    this.run = 0;
    this.gone = false;
    this.root = root; // the app's root, which a proxy may have moved
    this.pad = new LatentPad(host, {
      onState: (state) => this.say({ revision: this.revision, ...state, pins: state.pins.map(packed) }),
      onView: (view) => this.share(view),
    });
    this.style = document.createElement("style");
    this.failure = element("div", { class: "failure", role: "alert", hidden: "" });
    this.pad.element.prepend(this.style, this.failure);
    this.pad.element.hidden = true; // until it is dressed
    pads.add(this);
  }

  destroy() {
    this.run += 1;
    this.gone = true;
    this.pad.destroy();
    pads.delete(this);
  }

  update(component) {
    const run = ++this.run;
    const isLive = component.data.films.some(({ frames }) => frames.some((frame) => frame.live));
    return isLive ? this.flow(component) : this.show(component, () => run !== this.run);
  }

  // Of live planes there is always a later one: they are shown one by one, the newest next.
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

  async show({ data, setStateValue }, isStale) {
    this.data = data;
    this.say = (state) => setStateValue("pad", state);
    const { pad } = this;
    const resolve = (address) => (address.startsWith("data:") ? address : new URL(address.slice(1), this.root).href);
    let films;
    try {
      this.style.textContent = await readText(resolve(data.style));
      if (!isStale()) this.dress(data);
      films = await Promise.all(data.films.map((film) => this.load(film, resolve)));
    } catch (error) {
      if (!isStale()) this.showFailure(error, () => this.update({ data, setStateValue }));
      return;
    }
    if (isStale()) return; // a later rerun overtook this one
    this.failure.hidden = true;
    const isFirst = this.revision === null;
    if (isFirst) pad.player.jump(data.state.frame);
    pad.setFilms(films);
    if (data.revision !== this.revision) {
      this.revision = data.revision;
      pad.setState({ ...data.state, pins: data.state.pins.map(unpacked) });
    }
    if (isFirst && shared) this.adopt(shared);
    pad.setPictures(data.pictures.filter(({ pin }) => pin).map(unpackedPicture), data.path);
    this.writeAddress();
    this.loadDecoders(films, isStale);
  }

  dress(data) {
    const { pad } = this;
    pad.element.hidden = false;
    pad.setHeight(data.height);
    pad.refreshTheme(); // a change of theme comes as a rerun too
    if (JSON.stringify([data.classes, data.palette]) !== this.classes) {
      this.classes = JSON.stringify([data.classes, data.palette]);
      pad.setClasses(data.classes, data.palette);
    }
  }

  async load({ frames, ...words }, resolve) {
    const ready = () => {
      for (const plane of this.pad.planes) plane.renew();
      this.pad.pinsChanged();
    };
    const loaded = frames.map((frame) => loadFrame(frame, resolve, ready));
    const bytes = frames.reduce((sum, { decoder }) => sum + bytesOf(decoder), 0);
    const complete = await Promise.all(loaded);
    // A live plane comes with its decoder, or the picture under the cursor would blink.
    for (const frame of complete) if (frame.live) await frame.load();
    return { ...words, frames: complete, isLight: bytes < HEAVY };
  }

  // The decoders: first those of what is shown, then the others of a film one by one, unless they
  // are heavy; then when it rests there.
  async loadDecoders(films, isStale) {
    await Promise.all(this.pad.planes.map((plane) => plane.source.load()));
    for (const { frames, isLight } of films) {
      for (const frame of frames) if (isLight && !isStale()) await frame.load();
    }
  }

  showFailure(error, retry) {
    const again = element("button", { type: "button", text: "Try again", on: { click: retry } });
    this.failure.replaceChildren(`The codes could not be loaded: ${error.message}. `, again);
    this.failure.hidden = false;
    this.pad.element.hidden = false;
  }

  // ---- classes and layers: all pads of a document agree on them, and its address says them

  share(view) {
    shared = view;
    for (const mount of pads) if (mount !== this) mount.adopt(view);
    this.writeAddress();
  }

  adopt({ hidden, layers }) {
    const { state } = this.pad;
    Object.assign(state, { hidden: new Set(hidden), layers: new Set(layers) });
    this.pad.changed();
  }

  writeAddress() {
    const { hidden, layers } = this.data.links;
    const { state } = this.pad;
    if (!shared || !hidden || !layers) return;
    const address = new URL(window.location.href);
    address.searchParams.set(hidden, [...state.hidden].sort((a, b) => a - b).join(","));
    address.searchParams.set(layers, [...state.layers].sort().join(","));
    if (address.href !== window.location.href) window.history.replaceState(window.history.state, "", address);
  }
}

// A pin travels as [plane, x, y], and its point if it has one.
function packed({ plane, x, y, point }) {
  return point === null ? [plane, x, y] : [plane, x, y, point];
}

function unpacked([plane, x, y, point = null]) {
  return { plane, x, y, point };
}

function unpackedPicture({ pin, shape, decoded, original, ...more }) {
  const image = original && drawn(original, shape);
  return { ...more, pin: unpacked(pin), decoded: drawn(decoded, shape), original: image };
}

function bytesOf(decoder) {
  if (!decoder) return 0;
  const sizes = [decoder.inputs, ...decoder.widths];
  return 4 * decoder.widths.reduce((sum, outputs, k) => sum + outputs * (sizes[k] + 1), 0);
}

let shared = null; // {hidden, layers} as somebody set them last in this document
const pads = new Set(); // the mounts of this document

export default function (component, root) {
  return mounted(component, () => new Mount(component.parentElement, root));
}
