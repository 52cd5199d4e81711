// KL per dimension against the KL weight: the present state of the training, its past, and the weights
// at which theory predicts that dimensions die. The weight's axis is that of the slider below it.

import { contextOf, element } from "../../web/dom.js";
import { STEPS, placeOf } from "./scale.js";

/** @import { Snapshot } from "./wire.d.ts" */

const HEIGHT = 96; // CSS pixels
const THUMB = 16; // width of the slider's thumb, whose middle stays half a thumb away from both ends
const TRAIL = 600; // snapshots remembered
const TOP = 16; // room for the text

export class Curve {
  canvas = element("canvas", { role: "img" });
  /** @type {{ weight: number, kl: number[] }[]} */
  trail = [];
  key = ""; // distinguishes this training from others
  number = -1; // of the last snapshot
  /** @type {number[]} */
  thresholds = [];

  /** @param {HTMLElement} root @param {{ least: number, most: number }} weights least above 0 */
  constructor(root, { least, most }) {
    this.least = least;
    this.most = most;
    root.append(this.canvas);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.canvas);
  }

  destroy() {
    this.observer.disconnect();
  }

  /** @param {Snapshot | null} snapshot @param {number[]} thresholds */
  show(snapshot, thresholds) {
    this.thresholds = thresholds;
    const key = snapshot ? [snapshot.family, snapshot.scale, snapshot.kl.length, snapshot.seed].join() : "";
    if (key !== this.key) this.trail = []; // another curve
    this.key = key;
    if (snapshot && snapshot.number !== this.number) {
      this.trail.push({ weight: snapshot.kl_weight, kl: snapshot.kl });
      if (this.trail.length > TRAIL) this.trail.shift();
      this.number = snapshot.number;
      const words = snapshot.kl.map((kl, i) => `z${i + 1} ${kl.toFixed(2)}`).join(", ");
      this.canvas.setAttribute("aria-label", `KL per dimension, in nats, at weight ${snapshot.kl_weight}: ${words}`);
    }
    this.draw();
  }

  // The position of a weight, as a share of the axis.
  /** @param {number} weight */
  place(weight) {
    return Math.min(1, Math.max(0, placeOf(weight, this.least, this.most) / STEPS));
  }

  draw() {
    const { canvas, trail } = this;
    const ratio = window.devicePixelRatio;
    const width = canvas.clientWidth;
    if (!width) return;
    const size = { width: Math.round(width * ratio), height: Math.round(HEIGHT * ratio) };
    if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
    const context = contextOf(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, HEIGHT);
    const style = getComputedStyle(canvas);
    const [ink, accent] = ["--ink", "--accent"].map((name) => style.getPropertyValue(name).trim());
    context.font = `11px ${style.fontFamily}`;
    const most = Math.max(1, ...trail.map(({ kl }) => Math.max(...kl)));
    const x = (/** @type {number} */ weight) => THUMB / 2 + (width - THUMB) * this.place(weight);
    const y = (/** @type {number} */ kl) => HEIGHT - 2 - (HEIGHT - TOP - 6) * (kl / most);

    context.fillStyle = context.strokeStyle = ink;
    context.globalAlpha = 0.25;
    line(context, 0, y(0), width, y(0));
    context.setLineDash([3, 3]);
    context.globalAlpha = 0.55;
    for (const threshold of this.thresholds) line(context, x(threshold), TOP, x(threshold), y(0));
    context.setLineDash([]);
    context.globalAlpha = 0.7;
    context.textAlign = "left";
    context.fillText(`KL per dimension, up to ${most.toFixed(1)} nats`, 0, 10);

    context.fillStyle = accent;
    context.globalAlpha = 0.35;
    for (const { weight, kl } of trail) for (const value of kl) context.fillRect(x(weight) - 1, y(value) - 1, 2, 2);
    const now = trail.at(-1);
    if (!now) return;
    context.globalAlpha = 1;
    for (const value of now.kl) {
      context.beginPath();
      context.arc(x(now.weight), y(value), 4, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
