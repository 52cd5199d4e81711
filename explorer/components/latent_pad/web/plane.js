// One latent plane: its film, its view and the visitor's gaze. Pins, cursor and gaze are drawn over
// a copy of the ground (ground.js) in every animation frame.

import { contextOf, element } from "../../web/dom.js";
import { formatNumber } from "./axes.js";
import { Derived } from "./derived.js";
import { Gaze } from "./gaze.js";
import { Ground } from "./ground.js";
import { HeapNote, heapOf } from "./heap.js";
import { Hint } from "./hint.js";
import { Inspector } from "./inspector.js";
import { drawLens } from "./lens.js";
import { Metric } from "./metric.js";
import { drawBox, drawCross, drawIndicatrix, drawNearest } from "./overlay.js";
import { PointPainter } from "./painter.js";
import { Sheet } from "./picture.js";
import { drawPins } from "./pins.js";
import { Strip } from "./strip.js";
import { Tiles } from "./tiles.js";
import { View } from "./view.js";
import { describe, remark } from "./words.js";

/** @import { Film } from "./film.js" */
/** @import { Flow } from "./flow.js" */
/** @import { Heap } from "./heap.js" */
/** @import { Frame } from "./frame.js" */
/** @import { Rectangle } from "./overlay.js" */
/** @import { LatentPad } from "./pad.js" */
/** @import { Scene } from "./painting.js" */
/** @import { Pictures } from "./picture.js" */
/** @import { Exact } from "./state.js" */
/** @import { Place } from "./surface.js" */
/** @import { Spot } from "./view.js" */
/** @import { Box } from "./wire.d.ts" */

export class Plane {
  view = new View();
  painter = new PointPainter();
  sheet = new Sheet();
  gaze = new Gaze(this);
  /** @type {{ x: number, y: number } | null} the keyboard cursor */
  cursor = null;
  /** @type {Rectangle | null} the zoom box being drawn, on the screen */
  box = null;
  /** @type {Box | null} the part for which an atlas was requested, if not the whole plane */
  wantedView = null;
  /** @type {Pictures | null} the frame's decoder, once it is loaded */
  pictures = null;
  /** @type {{ place: Place, pictures: Pictures, canvas: HTMLCanvasElement | null } | null} the last picture drawn */
  lastPicture = null;
  /** @type {Place & { frame: Frame } | undefined} the place in the middle of the view */
  atMiddle;
  /** @type {{ place: Place, pictures: Pictures, metric: Metric } | null} the last metric computed */
  lastMetric = null;

  /** @param {number} index @param {LatentPad} pad @param {Film | Flow} film @param {number} time */
  constructor(index, pad, film, time) {
    this.index = index;
    this.pad = pad;
    this.ground = new Ground(this);
    this.heading = element("span", { class: "title" });
    this.readout = element("span", { class: "readout", "aria-hidden": "true" });
    this.note = element("div", { class: "note" });
    this.canvas = element("canvas", { tabindex: "0", role: "application", class: "map" });
    this.inspector = new Inspector(this, pad);
    this.strip = new Strip(this, pad);
    this.hint = new Hint();
    this.heapNote = new HeapNote(this);
    const stage = element("div", { class: "stage" }, [this.canvas, this.note, this.heapNote.element, this.hint.element]);
    this.side = element("div", { class: "side" }, [this.inspector.element, this.strip.element]);
    this.element = element("figure", { class: "plane" }, [
      element("figcaption", {}, [this.heading, this.readout]),
      element("div", { class: "body" }, [stage, this.side]),
    ]);
    this.film = film;
    this.frame = film.frameAt(time);
    this.points = film.pointsAt(time);
    this.derived = new Derived(this.points);
    /** @type {Heap | null} all codes, if they have collapsed */
    this.heap = null;
    this.setTime(time);
    this.view.setHome(film.homeAt(time));
  }

  // ---- what it shows

  /** @param {Film | Flow} film @param {number} time */
  show(film, time) {
    const isNew = film.id !== this.film.id;
    this.film = film;
    this.setTime(time);
    if (!isNew) return;
    this.gaze.away();
    this.view.setHome(film.homeAt(time));
  }

  /** @param {number} time in frames */
  setTime(time) {
    this.frame = this.film.frameAt(time);
    this.pictures = this.frame.decoder;
    const points = this.film.pointsAt(time);
    if (points !== this.points) this.derived = new Derived(points);
    this.points = points;
    this.heap = this.frame.prior ? heapOf(points) : null;
    this.heapNote.update();
    this.view.moveHome(this.film.homeAt(time));
    this.heading.textContent = this.frame.title;
    this.canvas.setAttribute("aria-label", describe(this.frame, points));
    this.note.textContent = remark(this.frame, points);
    this.ground.isStale = true;
  }

  // To be called when the decoder of a frame has been loaded.
  renew() {
    if (this.pictures === this.frame.decoder) return;
    this.pictures = this.frame.decoder;
    this.pad.changed();
  }

  /** @param {number} width @param {number} height in CSS pixels @param {number} ratio device pixels per CSS pixel */
  resize(width, height, ratio) {
    for (const canvas of [this.canvas, this.ground.canvas]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.view.resize(width, height);
    this.ground.isStale = true;
  }

  // ---- places

  /** @param {number} x @param {number} y @returns {Place} */
  place(x, y) {
    return { x, y, code: this.frame.surface.code(x, y) };
  }

  // What is shown until the visitor points somewhere.
  middle() {
    const { x, y } = this.view;
    if (this.atMiddle?.x !== x || this.atMiddle.y !== y || this.atMiddle.frame !== this.frame) {
      this.atMiddle = { ...this.place(x, y), frame: this.frame };
    }
    return this.atMiddle;
  }

  /** @param {Spot} spot */
  placeAt({ px, py }) {
    const { x, y } = this.view.world(px, py);
    return this.place(x, y);
  }

  /** @param {{ x: number, y: number }} pin @param {Exact | undefined} known its code may lie off the plane */
  pinPlace({ x, y }, known) {
    return { x, y, code: known?.code ?? this.frame.surface.code(x, y) };
  }

  // The nearest code within `reach` pixels of a spot, among the classes shown, or -1.
  /** @param {Spot} spot @param {ReadonlySet<number>} hidden @param {number} reach */
  codeNear({ px, py }, hidden, reach) {
    const { x, y } = this.view.world(px, py);
    const i = this.derived.nearest.find(x, y, hidden);
    return i >= 0 && this.points.distance(i, { x, y }) * this.view.scale <= reach ? i : -1;
  }

  // The coordinates of a point as text, with as many digits as the screen resolves.
  /** @param {{ x: number, y: number }} place */
  coordinates(place) {
    return this.coordinatePairs(place).map((pair) => pair.join(" ")).join("  ");
  }

  /** @param {{ x: number, y: number }} place @returns {[string, string][]} */
  coordinatePairs({ x, y }) {
    const step = 10 ** Math.floor(Math.log10(3 / this.view.scale));
    const [first, second] = this.frame.axes;
    return [[first, formatNumber(x, step)], [second, formatNumber(y, step)]];
  }

  // ---- its pictures

  // The grid of decoded pictures, or null.
  get tiles() {
    const { frame, pictures } = this;
    if (pictures && frame.tiles?.pictures !== pictures) frame.tiles = new Tiles(pictures, frame.surface);
    return pictures && frame.tiles;
  }

  // The picture at a point, valid until the next call; null if there is none.
  /** @param {Place} place */
  pictureAt(place) {
    const { pictures } = this;
    if (!pictures) return null;
    if (this.lastPicture?.place !== place || this.lastPicture.pictures !== pictures) {
      this.lastPicture = { place, pictures, canvas: this.sheet.draw(pictures, place) };
    }
    return this.lastPicture.canvas;
  }

  // The metric at a point; null if the frame does not need it or the browser cannot compute it.
  /** @param {Place} place */
  metricAt(place) {
    const { pictures, frame } = this;
    if (!frame.indicatrix || !pictures?.tangents) return null;
    if (this.lastMetric?.place !== place || this.lastMetric.pictures !== pictures) {
      const metric = new Metric(pictures.tangents(place.code, frame.surface.axes));
      this.lastMetric = { place, pictures, metric };
    }
    return this.lastMetric.metric;
  }

  // ---- its view

  /** @param {number} factor @param {Spot} spot that stays where it is */
  zoom(factor, { px, py } = { px: this.view.width / 2, py: this.view.height / 2 }) {
    this.view.zoomAt(px, py, factor);
    this.moved();
  }

  goHome() {
    this.view.goHome();
    this.moved();
  }

  moved() {
    this.pad.follow(this);
  }

  // Whether another atlas is needed; if so, `wantedView` is set to its box.
  asksForView() {
    const { pictures, view } = this;
    if (!pictures?.wants?.(view, this.wantedView)) return false;
    this.wantedView = pictures.wanted?.(view) ?? null;
    return true;
  }

  // ---- how it is drawn

  // The colours of the codes, by class or by a value of each code.
  /** @param {Scene} scene */
  inks({ colours, grey }) {
    return this.frame.shades?.inks(grey) ?? { kinds: this.points.labels, colours };
  }

  // Update the readout of the gaze beside the title.
  /** @param {readonly string[]} classes */
  updateReadout(classes) {
    const words = this.gaze.inWords(classes, "  ");
    if (this.readout.textContent !== words) this.readout.textContent = words;
  }

  /** @param {Scene} scene */
  draw(scene) {
    const context = contextOf(this.canvas);
    const ground = this.ground.drawn(scene);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(ground, 0, 0);
    context.scale(scene.ratio, scene.ratio);
    drawNearest(context, this, scene);
    drawIndicatrix(context, this, scene);
    drawPins(context, this, scene);
    if (this.cursor) drawCross(context, this.view, this.cursor, scene.theme);
    if (this.box) drawBox(context, this.box, scene.theme);
    else drawLens(context, this, scene.theme);
  }
}
