// One latent plane: its canvas, its view and how its picture is put together.
//
// Two layers of paint keep hovering cheap at any number of points: the "ground" (everything that
// depends on data and view only) is kept in a canvas of its own and painted anew only when one
// of those changes; pins, cursor and highlight are drawn over a copy of it on every frame.

import { drawAxisLabels, drawGridLines, formatNumber } from "./axes.js";
import { element } from "./dom.js";
import { LAYERS } from "./layers.js";
import { drawLens } from "./lens.js";
import { NearestIndex } from "./nearest.js";
import { drawPins } from "./pins.js";
import { PointPainter, pointStyle } from "./points.js";
import { View, homeBox } from "./view.js";

const NEAR = 40; // pixels within which a code counts as "here"
const BUDGET = 8; // ms; half a frame at 60 Hz

export class Plane {
  constructor(index) {
    this.index = index;
    this.id = null;
    this.view = new View();
    this.painter = new PointPainter();
    this.ground = document.createElement("canvas");
    this.groundIsStale = true;
    this.crispCost = 0; // ms that the last crisp ground took
    this.highlight = -1; // index of the code under the mouse or the keyboard cursor
    this.lens = null; // world position whose decoded picture is shown
    this.cursor = null; // world position of the keyboard cursor
    this.box = null; // screen rectangle while zooming into one
    this.heading = element("span", { class: "title" });
    this.readout = element("span", { class: "readout", "aria-hidden": "true" });
    this.note = element("div", { class: "note" });
    this.canvas = element("canvas", { tabindex: "0", role: "application" });
    const stage = element("div", { class: "stage" }, [this.canvas, this.note]);
    const caption = element("figcaption", {}, [this.heading, this.readout]);
    this.element = element("figure", { class: "plane" }, [caption, stage]);
  }

  // source: {id, title, axes, prior, marked, points: PointSet, grid: {image, extent} | null,
  //          decoder: DenseDecoder | null}
  show(source) {
    const isNew = source.id !== this.id;
    const { id, title, axes, prior, marked = null, points, grid, decoder = null } = source;
    Object.assign(this, { id, axes, prior, marked, points, grid, decoder });
    this.heading.textContent = title;
    this.canvas.setAttribute("aria-label", describe(source));
    this.note.textContent = remark(points);
    if (isNew) {
      this.nearest = new NearestIndex(points);
      this.highlight = -1;
      this.lens = null;
      this.view.setHome(homeBox(points.box, prior));
    }
    this.groundIsStale = true;
  }

  resize(width, height, ratio) {
    for (const canvas of [this.canvas, this.ground]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.view.resize(width, height);
    this.groundIsStale = true;
  }

  // The code near a screen position, among the classes shown; -1 when the place is empty.
  codeNear(px, py, hidden, reach = NEAR) {
    const { x, y } = this.view.world(px, py);
    const i = this.nearest.find(x, y, hidden);
    if (i < 0) return -1;
    const { codes } = this.points;
    const distance = Math.hypot(codes[2 * i] - x, codes[2 * i + 1] - y) * this.view.scale;
    return distance <= reach ? i : -1;
  }

  // A world position in words, with as many digits as the screen can tell apart.
  coordinates({ x, y }) {
    const step = 10 ** Math.floor(Math.log10(3 / this.view.scale));
    return `${this.axes[0]} ${formatNumber(x, step)}  ${this.axes[1]} ${formatNumber(y, step)}`;
  }

  draw(scene) {
    if (this.groundIsStale) this.drawGround(scene);
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.ground, 0, 0);
    context.scale(scene.ratio, scene.ratio);
    this.drawHighlight(context, scene);
    drawPins(context, this.index, this.view, scene.pins, scene.selected, scene.theme);
    if (this.cursor) this.drawCursor(context, scene.theme);
    if (this.box) this.drawBox(context, scene.theme);
    else if (this.lens && this.decoder) drawLens(context, this, this.lens, scene.theme);
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
    drawAxisLabels(context, this.view, scene.theme, this.axes);
  }

  drawHighlight(context, { theme, colours, layers }) {
    if (this.highlight < 0 || !layers.has("points")) return;
    const { codes, labels, finite } = this.points;
    const i = this.highlight;
    const [red, green, blue] = colours[labels[i]];
    context.beginPath();
    const radius = Math.max(4, pointStyle(finite.length, this.view).radius + 1.5);
    context.arc(this.view.screenX(codes[2 * i]), this.view.screenY(codes[2 * i + 1]), radius, 0, 2 * Math.PI);
    context.fillStyle = `rgb(${red}, ${green}, ${blue})`;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = theme.ink;
    context.stroke();
  }

  drawCursor(context, theme) {
    const [px, py] = [this.view.screenX(this.cursor.x), this.view.screenY(this.cursor.y)];
    context.strokeStyle = theme.ink;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(px + 4 * dx, py + 4 * dy);
      context.lineTo(px + 13 * dx, py + 13 * dy);
    }
    context.stroke();
  }

  drawBox(context, theme) {
    const { left, top, width, height } = this.box;
    context.strokeStyle = context.fillStyle = theme.accent;
    context.lineWidth = 1;
    context.globalAlpha = 0.12;
    context.fillRect(left, top, width, height);
    context.globalAlpha = 1;
    context.strokeRect(left, top, width, height);
  }
}

function describe({ title, points, axes }) {
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
