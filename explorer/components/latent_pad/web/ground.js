// The background of a plane: everything that depends only on its data and its view, not on the
// pointer. It has its own canvas and is repainted only when one of those changes, which keeps
// hovering cheap for any number of points.

import { contextOf } from "../../web/dom.js";
import { drawAxisLabels, drawGridLines } from "./axes.js";
import { drawGlass } from "./heap.js";
import { LAYERS } from "./layers.js";
import { drawClassNames } from "./middles.js";
import { drawCircleNames } from "./prior.js";
import { drawRings } from "./rings.js";
import { drawTrail, drawTrailNames } from "./trail.js";

/** @import { Scene } from "./painting.js" */
/** @import { Plane } from "./plane.js" */
/** @import { LayerName } from "./wire.d.ts" */

const SLOW = 8; // ms to paint from which a moving view is painted roughly; half a frame at 60 Hz
/** @type {readonly LayerName[]} */
const NAMED = ["points", "contours", "ellipses"]; // layers that show classes
const TILES_SHOW = 120; // ms between repaints that show newly decoded tiles

export class Ground {
  canvas = document.createElement("canvas");
  isStale = true;
  crispCost = 0; // duration of the last full-quality painting, in ms
  tilesShown = 0; // time when new tiles were last shown, in ms

  /** @param {Plane} plane */
  constructor(plane) {
    this.plane = plane;
  }

  // The canvas, up to date.
  /** @param {Scene} scene */
  drawn(scene) {
    this.decodeTiles(scene);
    if (this.isStale) this.draw(scene);
    return this.canvas;
  }

  // Decode missing tiles of the decoded grid, and show the new ones from time to time.
  /** @param {Scene} scene */
  decodeTiles(scene) {
    const { plane } = this;
    if (scene.moving || !scene.layers.has("grid") || !plane.tiles?.work()) return;
    const now = performance.now();
    if (!plane.tiles.wanted.length || now - this.tilesShown > TILES_SHOW) {
      this.isStale = true;
      this.tilesShown = now;
    }
    scene.again();
  }

  // If full quality is too slow for a moving view, paint roughly until the view rests.
  /** @param {Scene} scene */
  draw(scene) {
    const rough = scene.moving && this.crispCost > SLOW;
    const start = performance.now();
    this.paint({ ...scene, rough });
    if (!rough) this.crispCost = performance.now() - start;
    this.isStale = false;
  }

  /** @param {Scene} scene */
  paint(scene) {
    const { plane } = this;
    const { view, frame } = plane;
    const context = contextOf(this.canvas);
    context.setTransform(scene.ratio, 0, 0, scene.ratio, 0, 0);
    context.fillStyle = scene.theme.paper;
    context.fillRect(0, 0, view.width, view.height);
    drawGridLines(context, view, scene.theme);
    for (const layer of LAYERS) {
      if (scene.layers.has(layer.name) && layer.has(plane)) layer.draw(context, plane, scene);
    }
    for (const ellipses of frame.ellipses) drawRings(context, ellipses, view, scene.theme);
    for (const trail of frame.trails) drawTrail(context, trail, view, scene.theme);
    if (NAMED.some((name) => scene.layers.has(name))) drawClassNames(context, plane, scene, plane.pad.classes);
    if (scene.layers.has("prior") && frame.prior && !view.isNarrow) drawCircleNames(context, view, scene.theme);
    if (scene.layers.has("points")) drawGlass(context, plane, scene);
    drawAxisLabels(context, view, scene.theme, frame.axes);
    drawTrailNames(context, frame.trails, scene.theme);
  }
}
