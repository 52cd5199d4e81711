// Shows the point under the cursor as a large image and in numbers; without a cursor, a pin.

import { element } from "../../web/dom.js";
import { brief } from "./axes.js";
import { standardNormal } from "./density.js";
import { Sheet, copied, copyOnto } from "./picture.js";
import { pinLetter } from "./pins.js";
import { Tangents, metricFacts } from "./tangents.js";

/** @import { Frame } from "./frame.js" */
/** @import { Metric } from "./metric.js" */
/** @import { LatentPad } from "./pad.js" */
/** @import { Plane } from "./plane.js" */
/** @import { Exact } from "./state.js" */
/** @import { Place } from "./surface.js" */

/** @typedef {[name: string, value: string, meaning?: string]} Fact the meaning is for those who point at the name */

const SMALLEST_ZOOM = 8; // minimum enlargement of an image
const SHARE = 0.45; // of the plane's height that the picture's longer side takes, approximately
/** @type {Fact} */
const INVITATION = ["", "Move over the plane, or tap it, to decode the code at that point. Click, or hold a finger, to pin it."];
const DENSITY = "The density of the codes of all images: the aggregate posterior, the mean of their posteriors";
const KERNEL = "The density of the codes of all images, estimated by a kernel around each: this encoder has no posteriors";

export class Inspector {
  shown = -1; // index of the pin that is shown when there is no cursor
  sheet = new Sheet(); // for the companion

  /** @param {Plane} plane @param {LatentPad} pad */
  constructor(plane, pad) {
    this.plane = plane;
    this.pad = pad;
    this.picture = element("canvas", { class: "picture", role: "img", "aria-label": "decoded image" });
    this.facts = element("dl", { class: "facts" });
    this.tangents = new Tangents();
    this.beside = element("canvas", { role: "img" });
    this.words = element("figcaption");
    this.companion = element("figure", { class: "companion", hidden: "" }, [this.beside, this.words]);
    this.pinned = element("div", { class: "pinned" });
    const parts = [this.picture, this.companion, this.tangents.element, this.facts, this.pinned];
    this.element = element("div", { class: "inspector" }, parts);
  }

  // Pins or pictures have changed.
  build() {
    const { plane, pad } = this;
    const { pins, selected } = pad.state;
    const here = pins.flatMap((pin, index) => (pin.plane === plane.index ? [index] : []));
    this.shown = here.includes(selected) ? selected : (here.at(-1) ?? -1);
    this.element.hidden = !plane.film.frames.some((frame) => frame.decoder || frame.hasPictures);
    const several = here.length > 1 ? here : [];
    this.pinned.replaceChildren(...several.map((index) => this.thumbnail(index)), ...this.original());
    this.update();
  }

  /** @param {number} index of a pin */
  thumbnail(index) {
    const known = this.pad.exactly(index);
    const face = known ? [copied(known.decoded)] : [];
    const letter = pinLetter(index);
    return element("button", {
      type: "button", class: "pin", title: `Show pin ${letter}`, "aria-label": `Show pin ${letter}`,
      "aria-pressed": String(index === this.shown),
      on: { click: () => this.pad.pins.select(index) },
    }, [...face, letter]);
  }

  original() {
    const known = this.pad.exactly(this.shown);
    if (!known?.original) return [];
    const words = element("figcaption", { text: "original image" });
    return [element("figure", { class: "original" }, [known.original, words])];
  }

  // Called in every animation frame in which something may have changed.
  update() {
    if (this.element.hidden) return;
    const { plane, pad } = this;
    const looked = plane.gaze.place;
    const exact = looked ? undefined : pad.exactly(this.shown);
    const place = looked ?? this.pinPlace(exact) ?? plane.middle();
    this.element.classList.toggle("idle", !looked && this.shown < 0);
    const metric = plane.metricAt(place);
    this.tangents.show(metric, plane.frame.axes, plane.pictures?.shape);
    this.accompany(place);
    this.state(this.describe(place, exact, metric));
    if (exact) this.show(exact.decoded, `${exact.pin.x},${exact.pin.y}`);
    const canvas = exact ? null : plane.pictureAt(place);
    if (canvas) this.show(canvas, "");
  }

  /** @param {Exact | undefined} exact Python's data on the pin that is shown */
  pinPlace(exact) {
    const pin = this.pad.state.pins[this.shown];
    return pin ? this.plane.pinPlace(pin, exact) : null;
  }

  /** @param {Place} place @param {Exact | undefined} exact @param {Metric | null} metric */
  describe(place, exact, metric) {
    const { plane, pad } = this;
    const { gaze, points, frame } = plane;
    const { x, y } = place;
    const { density, nearest } = plane.derived;
    /** @type {Fact[]} */
    const facts = [["", gaze.place ? "under the cursor" : this.shown < 0 ? "middle of the view" : `pin ${pinLetter(this.shown)}`]];
    facts.push(...plane.coordinatePairs(place), ...(metric ? metricFacts(metric) : []));
    const i = gaze.place ? gaze.nearest : nearest.find(x, y, pad.state.hidden);
    if (i >= 0) {
      facts.push(["nearest code", `${pad.classes[points.labels[i]]}, ${brief(points.distance(i, place))} away`]);
    }
    if (i >= 0 && frame.shades) facts.push([frame.shades.title, frame.shades.describe(i)]);
    const q = density.at(x, y);
    if (q !== null) facts.push(density.isKernel ? ["q(z), kernel", brief(q), KERNEL] : ["q(z)", brief(q), DENSITY]);
    const prior = priorAt(frame, x, y);
    if (prior) facts.push(["prior p(z)", prior]);
    if (frame.field?.isTold(pad.state.layers)) facts.push([frame.field.title, frame.field.describe(x, y), frame.field.help]);
    facts.push(["decoded", exact ? "exact" : (plane.pictures?.remark ?? "on click")]);
    if (!gaze.place && this.shown < 0) facts.push(INVITATION);
    return facts;
  }

  // Reuses the elements of the rows, as the text changes whenever the mouse moves.
  /** @param {Fact[]} facts */
  state(facts) {
    const { children } = this.facts;
    while (children.length > 2 * facts.length) this.facts.lastChild?.remove();
    while (children.length < 2 * facts.length) this.facts.append(element("dt"), element("dd"));
    facts.forEach(([name, value, meaning = ""], k) => {
      setText(children[2 * k], name);
      if (children[2 * k].getAttribute("title") !== meaning) children[2 * k].setAttribute("title", meaning);
      setText(children[2 * k + 1], value);
    });
  }

  // The companion's picture of the same point, if there is one.
  /** @param {Place} place */
  accompany(place) {
    const { companion } = this.plane.frame;
    const canvas = companion && this.sheet.draw(companion.pictures, place);
    this.companion.hidden = !canvas;
    if (!canvas) return;
    copyOnto(this.beside, canvas);
    setText(this.words, `${companion.title}, ${companion.pictures.remark}`);
    this.beside.setAttribute("aria-label", companion.title);
  }

  /** @param {HTMLCanvasElement} source @param {string} exact the pin's position if the picture is exact, else "" */
  show(source, exact) {
    copyOnto(this.picture, source);
    this.picture.dataset.exact = exact;
    this.fit();
  }

  // As large as there is room, in whole multiples of the image's pixels.
  fit() {
    const { picture, plane } = this;
    const { width, height } = picture;
    const zoom = Math.max(SMALLEST_ZOOM, Math.floor((SHARE * plane.view.height) / Math.max(width, height)));
    const wide = `${zoom * width}px`;
    if (picture.style.width === wide) return;
    picture.style.width = wide;
    picture.style.aspectRatio = `${width} / ${height}`;
  }
}

// The prior density at a point of the plane as text, or why it is unknown.
/** @param {Frame} frame @param {number} x @param {number} y */
function priorAt({ prior, logPrior, noPrior }, x, y) {
  if (prior) return brief(standardNormal(x, y));
  return logPrior ? brief(Math.exp(logPrior.interpolated(x, y))) : noPrior;
}

/** @param {Element} node @param {string} text */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
