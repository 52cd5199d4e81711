// One latent plane: its canvas, its view and how its picture is put together.
//
// Two layers of paint keep hovering cheap at any number of points: the "ground" (everything that
// depends on data and view only) is kept in a canvas of its own and painted anew only when one
// of those changes; pins, cursor and what one looks at are drawn over a copy of it on every frame.

import { brief, drawAxisLabels, drawGridLines, formatNumber } from "./axes.js";
import { classContours } from "./contours.js";
import { Density } from "./density.js";
import { element } from "../../web/dom.js";
import { Inspector } from "./inspector.js";
import { LAYERS } from "./layers.js";
import { drawLens } from "./lens.js";
import { Metric } from "./metric.js";
import { NearestIndex } from "./nearest.js";
import { drawBox, drawCross, drawNearest } from "./overlay.js";
import { PointPainter } from "./painter.js";
import { Sheet } from "./picture.js";
import { drawPins } from "./pins.js";
import { drawRings } from "./rings.js";
import { Strip } from "./strip.js";
import { Tiles } from "./tiles.js";
import { drawTrail, drawTrailNames } from "./trail.js";
import { View } from "./view.js";

const BUDGET = 8; // ms; half a frame at 60 Hz
const TILES_SHOW = 120; // ms after which newly decoded tiles are worth a new ground

export class Plane {
  constructor(index, pad) {
    this.index = index;
    this.pad = pad;
    this.film = null;
    this.view = new View();
    this.painter = new PointPainter();
    this.sheet = new Sheet();
    this.ground = document.createElement("canvas");
    this.groundIsStale = true;
    this.crispCost = 0; // ms that the last crisp ground took
    this.highlight = -1; // index of the code nearest to the place one looks at
    this.lens = null; // that place, {x, y, code}; null when nobody looks
    this.cursor = null; // world position of the keyboard cursor
    this.box = null; // screen rectangle while zooming into one
    this.heading = element("span", { class: "title" });
    this.readout = element("span", { class: "readout", "aria-hidden": "true" });
    this.note = element("div", { class: "note" });
    this.canvas = element("canvas", { tabindex: "0", role: "application", class: "map" });
    this.inspector = new Inspector(this, pad);
    this.strip = new Strip(this, pad);
    const stage = element("div", { class: "stage" }, [this.canvas, this.note]);
    this.element = element("figure", { class: "plane" }, [
      element("figcaption", {}, [this.heading, this.readout]),
      element("div", { class: "body" }, [stage, this.inspector.element]),
      this.strip.element,
    ]);
  }

  // ---- what it shows

  // A frame of the film is {id, title, axes, prior, marked, points: PointSet, surface: Surface,
  // decoder, field, trails, ellipses, indicatrix}; decoder is what draws pictures of places, or null;
  // indicatrix is the change in pixel units that the ellipse around the cursor stands for, if any.
  show(film, time) {
    const isNew = film.id !== this.film?.id;
    this.film = film;
    this.setTime(time);
    if (!isNew) return;
    this.lookAway();
    this.view.setHome(film.homeAt(time));
  }

  setTime(time) {
    const source = this.film.frameAt(time);
    this.source = source;
    const { title, axes, prior, marked = null, surface, decoder = null, field = null } = source;
    const { trails = [], ellipses = [], indicatrix = null } = source;
    Object.assign(this, { axes, prior, marked, surface, field, trails, ellipses, indicatrix });
    this.pictures = decoder;
    const points = this.film.pointsAt(time);
    if (points !== this.points) this.lazy = {}; // what is worked out from the points when asked for
    this.points = points;
    this.view.moveHome(this.film.homeAt(time));
    this.heading.textContent = title;
    this.canvas.setAttribute("aria-label", describe(title, this.points, axes));
    this.note.textContent = remark(this.points);
    this.groundIsStale = true;
  }

  // The frame at which the film rests has got its decoder.
  renew() {
    const decoder = this.source.decoder ?? null;
    if (this.pictures === decoder) return;
    this.pictures = decoder;
    this.groundIsStale = true;
    this.pad.changed();
  }

  get nearest() {
    return (this.lazy.nearest ??= new NearestIndex(this.points));
  }

  get density() {
    return (this.lazy.density ??= new Density(this.points));
  }

  contours(n_classes) {
    return (this.lazy.contours ??= classContours(this.points, n_classes));
  }

  get tiles() {
    if (this.source.tiles?.decoder !== this.pictures) this.source.tiles = new Tiles(this.pictures, this.surface);
    return this.source.tiles;
  }

  resize(width, height, ratio) {
    for (const canvas of [this.canvas, this.ground]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.view.resize(width, height);
    this.groundIsStale = true;
  }

  // ---- places

  place(x, y) {
    return { x, y, code: this.surface.code(x, y) };
  }

  placeAt({ px, py }) {
    const { x, y } = this.view.world(px, py);
    return this.place(x, y);
  }

  // known: what Python says of the pin, which may lie beside the plane.
  pinPlace({ x, y }, known) {
    return { x, y, code: known?.code ?? this.surface.code(x, y) };
  }

  distance(i, x, y) {
    const { codes } = this.points;
    return Math.hypot(codes[2 * i] - x, codes[2 * i + 1] - y);
  }

  // The code within so many pixels of a screen position, among the classes shown; -1 if there is none.
  codeNear({ px, py }, hidden, reach) {
    const { x, y } = this.view.world(px, py);
    const i = this.nearest.find(x, y, hidden);
    return i >= 0 && this.distance(i, x, y) * this.view.scale <= reach ? i : -1;
  }

  // A world position in words, with as many digits as the screen can tell apart.
  coordinates(place) {
    return this.coordinatePairs(place).map((pair) => pair.join(" ")).join("  ");
  }

  coordinatePairs({ x, y }) {
    const step = 10 ** Math.floor(Math.log10(3 / this.view.scale));
    return [[this.axes[0], formatNumber(x, step)], [this.axes[1], formatNumber(y, step)]];
  }

  nearestInWords(classes) {
    if (this.highlight < 0) return "no code";
    const distance = this.distance(this.highlight, this.lens.x, this.lens.y);
    return `nearest code ${classes[this.points.labels[this.highlight]]}, ${brief(distance)} away`;
  }

  // Beside the title: where one looks.
  tell(classes) {
    const words = this.lens ? `${this.coordinates(this.lens)}  ${this.nearestInWords(classes)}` : "";
    if (this.readout.textContent !== words) this.readout.textContent = words;
  }

  look(place, hidden) {
    this.lens = place;
    this.highlight = this.nearest.find(place.x, place.y, hidden);
  }

  lookAtCode(i) {
    const [x, y] = [this.points.codes[2 * i], this.points.codes[2 * i + 1]];
    if (i < 0 || !Number.isFinite(x + y)) return this.lookAway();
    this.lens = this.place(x, y);
    this.highlight = i;
  }

  lookAway() {
    this.lens = null;
    this.highlight = -1;
  }

  // The picture of a place, as a canvas that is good until the next place; null if there is none.
  pictureAt(place) {
    if (!this.pictures) return null;
    if (this.drawn?.place !== place || this.drawn.by !== this.pictures) {
      this.drawn = { place, by: this.pictures, canvas: this.sheet.draw(this.pictures, place) };
    }
    return this.drawn.canvas;
  }

  // How the picture changes at a place; null if nobody asks, or the browser cannot tell.
  metricAt(place) {
    if (!this.indicatrix || !this.pictures?.tangents) return null;
    if (this.bent?.place !== place || this.bent.by !== this.pictures) {
      const metric = new Metric(this.pictures.tangents(place.code, this.surface.axes));
      this.bent = { place, by: this.pictures, metric };
    }
    return this.bent.metric;
  }

  // ---- how it is drawn

  draw(scene) {
    this.decodeTiles(scene);
    if (this.groundIsStale) this.drawGround(scene);
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.ground, 0, 0);
    context.scale(scene.ratio, scene.ratio);
    if (this.lens) drawNearest(context, this, scene);
    if (this.lens) this.drawIndicatrix(context, scene);
    drawPins(context, this, scene);
    if (this.cursor) drawCross(context, this.view, this.cursor, scene.theme);
    if (this.box) drawBox(context, this.box, scene.theme);
    else if (this.lens) drawLens(context, this, scene.theme);
  }

  drawIndicatrix(context, { theme }) {
    const metric = this.metricAt(this.lens);
    if (!metric) return;
    const longest = (this.view.width + this.view.height) / this.view.scale;
    const rows = [metric.indicatrix(this.lens, this.indicatrix, longest)];
    drawRings(context, { rows, colour: theme.accent, width: 2 }, this.view, theme);
  }

  // In a view that is panned or zoomed tiles come and go faster than they are decoded: they wait.
  drawTiles(context, scene) {
    this.tiles.look(this.view);
    if (!scene.moving || scene.playing) this.tiles.work(BUDGET);
    this.tiles.draw(context, this.view);
    if (this.tiles.wanted.length) scene.again();
  }

  // Decode what is still wanted, and show it from time to time.
  decodeTiles(scene) {
    if (scene.moving || !this.pictures || !scene.layers.has("grid") || !this.tiles.work(BUDGET)) return;
    const now = performance.now();
    if (!this.tiles.wanted.length || now - (this.tilesShown ?? 0) > TILES_SHOW) {
      this.groundIsStale = true;
      this.tilesShown = now;
    }
    scene.again();
  }

  // Where a crisp picture costs too much to follow a moving view, a rough one does until it rests.
  drawGround(scene) {
    const rough = scene.moving && this.crispCost > BUDGET;
    const start = performance.now();
    this.paintGround({ ...scene, rough });
    if (!rough) this.crispCost = performance.now() - start;
    this.groundIsStale = false;
  }

  paintGround(scene) {
    const context = this.ground.getContext("2d");
    context.setTransform(scene.ratio, 0, 0, scene.ratio, 0, 0);
    context.fillStyle = scene.theme.paper;
    context.fillRect(0, 0, this.view.width, this.view.height);
    drawGridLines(context, this.view, scene.theme);
    for (const layer of LAYERS) {
      if (scene.layers.has(layer.name) && layer.has(this)) layer.draw(context, this, scene);
    }
    for (const ellipses of this.ellipses) drawRings(context, ellipses, this.view, scene.theme);
    for (const trail of this.trails) drawTrail(context, trail, this.view, scene.theme);
    drawAxisLabels(context, this.view, scene.theme, this.axes);
    drawTrailNames(context, this.trails, scene.theme);
  }
}

function describe(title, points, axes) {
  return (
    `${title}: latent plane with ${points.finite.length} codes, axes ${axes.join(" and ")}. ` +
    "Arrow keys move a cursor, Enter sets a pin, Shift and Enter pins the nearest image, " +
    "Delete removes a pin, plus and minus zoom, 0 shows everything."
  );
}

// What a visitor should know when the picture alone would puzzle.
function remark(points) {
  const skipped = points.count - points.finite.length;
  const remarks = [];
  if (points.count === 0) remarks.push("No codes yet: encode some images to fill this plane.");
  if (skipped) {
    const counted = skipped === 1 ? "1 code is" : `${skipped.toLocaleString("en")} codes are`;
    remarks.push(`${counted} not finite and cannot be drawn.`);
  }
  if (points.collapsed) {
    remarks.push(`All ${points.finite.length.toLocaleString("en")} codes lie on one spot.`);
  }
  return remarks.join(" ");
}
