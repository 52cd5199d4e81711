// A collapsed cloud: all codes in one heap, far smaller than the prior. The plane says so, and shows
// the heap in a round inset, as under a magnifying glass.

import { element } from "../../web/dom.js";
import { brief, writeRimmed } from "./axes.js";
import { parseColour } from "./theme.js";

/** @import { Scene } from "./painting.js" */
/** @import { Plane } from "./plane.js" */
/** @import { PointSet } from "./points.js" */
/** @import { View } from "./view.js" */

const COLLAPSED = 0.1; // standard deviations of the prior, within which all codes lie
const LARGE = 24; // pixels: a heap that is larger on the screen needs no magnifying glass
const NEARLY_ALL = 0.95; // of the codes: one far outlier must not shrink the others to a dot
const GLASS_SHARE = 0.18; // of the plane's shorter side that the glass's radius takes
const WIDEST = 90; // the same in pixels, at most
const EDGE = 34; // pixels between the glass and the plane's edges
const FILLED = 0.8; // of the glass's radius that the heap takes
const MOST_MAGNIFIED = 2000; // codes that the glass shows
const GLASS_DOT = 1.6; // pixels of a code under the glass

/**
 * @typedef {object} Heap
 * @property {number} x its median
 * @property {number} y
 * @property {number} half half the side of the square that holds all codes
 * @property {number} core half the side of the square about the median that holds nearly all
 */

// Null if the codes are spread out.
/** @param {PointSet} points @returns {Heap | null} */
export function heapOf(points) {
  const { box, finite, codes } = points;
  if (!box || finite.length < 2) return null;
  const half = Math.max(box.xmax - box.xmin, box.ymax - box.ymin) / 2;
  if (half >= COLLAPSED) return null;
  const { x, y } = points.median(finite);
  const off = (/** @type {number} */ i) => Math.max(Math.abs(codes[2 * i] - x), Math.abs(codes[2 * i + 1] - y));
  const reach = Float32Array.from(finite, off).sort();
  return { x, y, half, core: reach[Math.floor(NEARLY_ALL * (finite.length - 1))] };
}

/** @param {PointSet} points @param {Heap} heap */
export function describeHeap({ finite }, { half }) {
  const count = finite.length.toLocaleString("en");
  return half ? `${count} codes within ±${brief(half)}` : `${count} codes at the same point`;
}

// The words over the plane, with a button that leads to the heap.
export class HeapNote {
  /** @param {Plane} plane */
  constructor(plane) {
    this.plane = plane;
    this.words = element("span");
    const zoom = element("button", { type: "button", text: "Zoom to codes", on: { click: () => this.zoom() } });
    this.element = element("div", { class: "heap", hidden: "" }, [this.words, zoom]);
  }

  // To be called when the codes have changed.
  update() {
    const { points, heap } = this.plane;
    this.element.hidden = !heap;
    if (heap) this.words.textContent = describeHeap(points, heap);
  }

  zoom() {
    const { plane } = this;
    if (!plane.heap) return;
    const { x, y, core } = plane.heap;
    const room = 2 * (core || COLLAPSED);
    plane.view.fit({ xmin: x - room, xmax: x + room, ymin: y - room, ymax: y + room });
    plane.moved();
  }
}

// Whether a heap can be seen without a magnifying glass.
/** @param {Heap} heap @param {View} view */
export function isLarge({ core }, view) {
  return core * view.scale > LARGE;
}

/** @param {CanvasRenderingContext2D} context @param {Plane} plane @param {Scene} scene */
export function drawGlass(context, plane, scene) {
  const { view, heap, points } = plane;
  if (!heap?.core || isLarge(heap, view)) return;
  const radius = Math.min(WIDEST, GLASS_SHARE * Math.min(view.width, view.height));
  const [cx, cy] = [view.width - radius - EDGE, view.height - radius - EDGE];
  const scale = (FILLED * radius) / (Math.SQRT2 * heap.core);
  const accent = parseColour(scene.theme.accent);
  context.save();
  context.beginPath();
  context.moveTo(view.screenX(heap.x), view.screenY(heap.y));
  context.lineTo(cx, cy);
  context.strokeStyle = `rgba(${accent}, 0.5)`;
  context.lineWidth = 1;
  context.stroke();
  context.beginPath();
  context.arc(cx, cy, radius, 0, 2 * Math.PI);
  context.fillStyle = scene.theme.paper;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = scene.theme.accent;
  context.stroke();
  context.clip();
  const { kinds, colours } = plane.inks(scene);
  const step = Math.ceil(points.finite.length / MOST_MAGNIFIED);
  for (let k = 0; k < points.finite.length; k += step) {
    const i = points.finite[k];
    const shown = scene.hidden.has(points.labels[i]) ? scene.grey : colours[kinds[i]];
    context.fillStyle = `rgba(${shown}, 0.8)`;
    context.beginPath();
    const [px, py] = [cx + (points.codes[2 * i] - heap.x) * scale, cy - (points.codes[2 * i + 1] - heap.y) * scale];
    context.arc(px, py, GLASS_DOT, 0, 2 * Math.PI);
    context.fill();
  }
  context.restore();
  context.font = `11px ${scene.theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "bottom";
  writeRimmed(context, `× ${brief(scale / view.scale)}`, cx, cy - radius - 3, scene.theme);
}
