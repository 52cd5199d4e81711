// Draws outlines of ellipses in the plane.

/** @import { Theme } from "./theme.js" */
/** @import { View } from "./view.js" */
/** @import { Ellipses } from "./wire.d.ts" */

/** @typedef {Ellipses["rows"][number]} Ring x, y, the two half-axes and the angle of the first */

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
    // On the screen y points downwards, so angles change sign.
    context.moveTo(px + a * Math.cos(angle), py - a * Math.sin(angle));
    context.ellipse(px, py, a, b, -angle, 0, 2 * Math.PI);
  }
  outline(theme.paper, width + 2); // keeps it readable over dense clouds and dark fields
  outline(colour ?? theme.ink, width);
}
