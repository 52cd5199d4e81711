// What lies under the cursor, large and in numbers; while nothing is there, what is pinned.

import { brief } from "./axes.js";
import { standardNormal } from "./density.js";
import { element } from "../../web/dom.js";
import { Sheet, copied, copyOnto } from "./picture.js";
import { pinLetter } from "./pins.js";
import { Tangents, metricFacts } from "./tangents.js";

const SMALLEST_ZOOM = 8; // an image is shown at least so much enlarged
const SIDE = 224; // CSS pixels of the picture's longer side, about

export class Inspector {
  constructor(plane, pad) {
    Object.assign(this, { plane, pad });
    this.picture = element("canvas", { class: "picture", role: "img", "aria-label": "decoded image" });
    this.facts = element("dl", { class: "facts" });
    this.tangents = new Tangents();
    this.beside = element("canvas", { role: "img" });
    this.words = element("figcaption");
    this.sheet = new Sheet();
    this.companion = element("figure", { class: "companion", hidden: "" }, [this.beside, this.words]);
    this.pinned = element("div", { class: "pinned" });
    const parts = [this.picture, this.companion, this.tangents.element, this.facts, this.pinned];
    this.element = element("div", { class: "inspector" }, parts);
  }

  // Pins or pictures have changed.
  build() {
    const { plane, pad } = this;
    const here = pad.state.pins.flatMap((pin, index) => (pin.plane === plane.index ? [index] : []));
    this.shown = here.includes(pad.selected) ? pad.selected : (here.at(-1) ?? -1);
    this.element.hidden = !plane.film.frames.some((frame) => frame.decoder || frame.hasPictures);
    const several = here.length > 1 ? here : [];
    this.pinned.replaceChildren(...several.map((index) => this.thumbnail(index)), ...this.original());
    this.update();
  }

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
    const known = this.shown >= 0 && this.pad.exactly(this.shown);
    if (!known?.original) return [];
    const words = element("figcaption", { text: "the image itself" });
    return [element("figure", { class: "original" }, [known.original, words])];
  }

  // Called on every frame in which something may have changed.
  update() {
    if (this.element.hidden) return;
    const { plane, pad } = this;
    const place = plane.lens ?? this.pinPlace();
    const exact = !plane.lens && this.shown >= 0 && pad.exactly(this.shown);
    this.element.classList.toggle("empty", !place);
    const metric = place && plane.metricAt(place);
    this.tangents.show(metric, plane.axes, plane.pictures?.shape);
    this.accompany(place && plane.source.companion, place);
    if (!place) return this.state([["", "Move over the plane, or tap it: the decoder draws what lies there. A click pins it."]]);
    this.state(this.describe(place, exact, metric));
    const canvas = !exact && plane.pictureAt(place);
    if (canvas) this.show(canvas, "");
    if (exact) this.show(exact.decoded, `${exact.pin.x},${exact.pin.y}`);
  }

  pinPlace() {
    const pin = this.pad.state.pins[this.shown];
    return pin && this.plane.pinPlace(pin, this.pad.exactly(this.shown));
  }

  describe({ x, y }, exact, metric) {
    const { plane, pad } = this;
    const facts = [["", plane.lens ? "under the cursor" : `pin ${pinLetter(this.shown)}`]];
    facts.push(...plane.coordinatePairs({ x, y }), ...(metric ? metricFacts(metric) : []));
    const i = plane.lens ? plane.highlight : plane.nearest.find(x, y, pad.state.hidden);
    if (i >= 0) {
      const name = pad.classes[plane.points.labels[i]];
      facts.push(["nearest code", `${name}, ${brief(plane.distance(i, x, y))} away`]);
    }
    const density = plane.density.at(x, y);
    if (density !== null) facts.push([plane.density.isKernel ? "q(z), kernel" : "q(z)", brief(density)]);
    if (plane.prior) facts.push(["prior p(z)", brief(standardNormal(x, y))]);
    if (plane.field) facts.push([plane.field.title, plane.field.tell(x, y)]);
    facts.push(["decoded", exact ? "exact" : (plane.pictures?.remark ?? "on a click")]);
    return facts;
  }

  // Rows keep their elements: the text changes with every move of the mouse.
  state(facts) {
    while (this.facts.children.length > 2 * facts.length) this.facts.lastChild.remove();
    while (this.facts.children.length < 2 * facts.length) {
      this.facts.append(element("dt"), element("dd"));
    }
    facts.forEach(([name, value], k) => {
      setText(this.facts.children[2 * k], name);
      setText(this.facts.children[2 * k + 1], value);
    });
  }

  // Another picture of the place, if there is one.
  accompany(companion, place) {
    const canvas = companion && this.sheet.draw(companion.pictures, place);
    this.companion.hidden = !canvas;
    if (!canvas) return;
    copyOnto(this.beside, canvas);
    setText(this.words, `${companion.title}, ${companion.pictures.remark}`);
    this.beside.setAttribute("aria-label", companion.title);
  }

  show(source, exact) {
    const { picture } = this;
    const { width, height } = source;
    if (copyOnto(picture, source)) {
      const zoom = Math.max(SMALLEST_ZOOM, Math.floor(SIDE / Math.max(width, height)));
      picture.style.width = `${zoom * width}px`;
      picture.style.aspectRatio = `${width} / ${height}`;
    }
    picture.dataset.exact = exact;
  }
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
