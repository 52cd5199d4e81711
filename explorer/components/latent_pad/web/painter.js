// Paints a cloud of codes.

import { contextOf } from "../../web/dom.js";
import { dotAll, makeStamp, stampAll } from "./stamps.js";

/** @import { Colour } from "./colours.js" */
/** @import { Scene } from "./painting.js" */
/** @import { PointSet } from "./points.js" */
/** @import { Inks } from "./shades.js" */
/** @import { Look } from "./stamps.js" */
/** @import { View } from "./view.js" */

const MOST_DISCS = 150_000; // in a moving view
const HALO = 1; // CSS pixels of paper around codes that lie on pictures or a field
const FAINT = 0.25; // factor of the opacity of hidden classes

// If there are few points, they are large and solid; if many, small and translucent. Zooming in
// spreads the points, so they grow, but more slowly than the distances between them.
/** @param {number} count @param {View} view */
export function pointStyle(count, view) {
  const covered = (0.3 * Math.min(view.width, view.height) ** 2) / Math.max(1, count);
  const zoom = view.scale / view.homeScale;
  const radius = Math.sqrt(covered / Math.PI) * zoom ** 0.4;
  return {
    radius: Math.min(4.5, Math.max(1.1, radius)),
    opacity: Math.min(0.9, Math.max(0.5, 0.5 + radius / 8)),
  };
}

// Paints discs into raw pixels. Drawing 70,000 sprites with canvas calls takes 30 ms or more
// without a GPU; blending their few pixels directly takes a fraction of that on every machine.
export class PointPainter {
  canvas = document.createElement("canvas");
  context = contextOf(this.canvas);
  pixels = new ImageData(1, 1);

  // Hidden classes are drawn below the others, in grey. If there are very many points in a moving
  // view, each is drawn as one pixel: a million then take 10 ms instead of 150 ms. On a colourful
  // ground, `halo` is the colour around the codes shown.
  /** @param {PointSet} points @param {Inks} inks @param {View} view @param {number} ratio @param {Scene} scene @param {Colour | null} halo */
  paint(points, { kinds, colours }, view, ratio, { grey, hidden, rough }, halo) {
    const { radius, opacity } = pointStyle(points.finite.length, view);
    const asDots = rough && points.finite.length > MOST_DISCS;
    const stamp = makeStamp(asDots ? 0 : radius * ratio);
    const wide = halo && !asDots ? makeStamp((radius + HALO) * ratio) : stamp;
    const image = this.blankImage(Math.ceil(view.width * ratio), Math.ceil(view.height * ratio), wide.size);
    const transform = {
      scale: view.scale * ratio,
      left: (view.width / 2 - view.x * view.scale) * ratio,
      top: (view.height / 2 + view.y * view.scale) * ratio,
    };
    const all = (/** @type {Colour} */ colour) => colours.map(() => colour);
    const put = (/** @type {Look} */ look) => (asDots ? dotAll(image, points, look) : stampAll(image, points, look, stamp));
    if (hidden.size) {
      put({ transform, kinds, colours: all(grey), chosen: (label) => hidden.has(label), opacity: opacity * FAINT });
    }
    const chosen = (/** @type {number} */ label) => !hidden.has(label);
    if (halo && !asDots) stampAll(image, points, { transform, kinds, colours: all(halo), chosen, opacity: 1 }, wide);
    put({ transform, kinds, colours, chosen, opacity });
    this.context.putImageData(this.pixels, -wide.size, -wide.size);
    return this.canvas;
  }

  // The image is wider than the canvas by one stamp on each side, so that no stamp needs clipping.
  /** @param {number} width @param {number} height @param {number} margin */
  blankImage(width, height, margin) {
    const { canvas } = this;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const [w, h] = [width + 2 * margin, height + 2 * margin];
    if (this.pixels.width === w && this.pixels.height === h) this.pixels.data.fill(0);
    else this.pixels = new ImageData(w, h);
    return { pixels: this.pixels, margin };
  }
}
