// Outlines of ellipses at places of the plane.

/** @import { Theme } from "./theme.js" */
/** @import { View } from "./view.js" */
/** @import { Ellipses } from "./wire.d.ts" */

/** @typedef {Ellipses["rows"][number]} Ring x, y, half-axis, half-axis and the angle of the first one */

/** @param {CanvasRenderingContext2D} context @param {Ellipses} ellipses @param {View} view @param {Theme} theme */
export function drawRings(context, { rows, colour, width }, view, theme) {
  const outline = (/** @type {string} */ paint, /** @type {number} */ thick) => {
    context.strokeStyle = paint;
    context.lineWidth = thick;
    context.stroke();
  };
  context.beginPath();
  for (const [x, y, first, second, angle] of rows) {
    const [px, py] = [view.screenX(x), view.screenY(y)];
    const [a, b] = [first * view.scale, second * view.scale];
    // The screen's y runs downwards, and so do its angles.
    context.moveTo(px + a * Math.cos(angle), py - a * Math.sin(angle));
    context.ellipse(px, py, a, b, -angle, 0, 2 * Math.PI);
  }
  outline(theme.paper, width + 2); // readable over dense clouds and dark fields
  outline(colour ?? theme.ink, width);
}
