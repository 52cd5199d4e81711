// Marks that follow the pointer or the keyboard cursor, drawn on top of everything else.

import { pointStyle } from "./painter.js";
import { drawRings } from "./rings.js";

/** @import { Scene } from "./painting.js" */
/** @import { Plane } from "./plane.js" */
/** @import { Theme } from "./theme.js" */
/** @import { View } from "./view.js" */

/** @typedef {{ left: number, top: number, width: number, height: number }} Rectangle on the screen, in CSS pixels */

// The code nearest to the cursor, and a line to it.
/** @param {CanvasRenderingContext2D} context @param {Plane} plane @param {Scene} scene */
export function drawNearest(context, plane, scene) {
  const { points, view } = plane;
  const { place, nearest } = plane.gaze;
  const { theme } = scene;
  if (!place || nearest < 0 || !scene.layers.has("points")) return;
  const { x, y } = points.at(nearest);
  const [px, py] = [view.screenX(x), view.screenY(y)];
  const { kinds, colours } = plane.inks(scene);
  const [red, green, blue] = colours[kinds[nearest]];
  context.strokeStyle = theme.ink;
  context.lineWidth = 1;
  context.globalAlpha = 0.6;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(view.screenX(place.x), view.screenY(place.y));
  context.lineTo(px, py);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
  context.beginPath();
  context.arc(px, py, Math.max(4, pointStyle(points.finite.length, view).radius + 1.5), 0, 2 * Math.PI);
  context.fillStyle = `rgb(${red}, ${green}, ${blue})`;
  context.fill();
  context.lineWidth = 1.5;
  context.stroke();
}

// The ellipse of steps from the cursor that change the picture by the same amount, if requested.
/** @param {CanvasRenderingContext2D} context @param {Plane} plane @param {Scene} scene */
export function drawIndicatrix(context, plane, { theme }) {
  const { view, frame, gaze } = plane;
  const metric = gaze.place && plane.metricAt(gaze.place);
  if (!metric || !gaze.place || !frame.indicatrix) return;
  const longest = (view.width + view.height) / view.scale;
  const rows = [metric.indicatrix(gaze.place, frame.indicatrix, longest)];
  drawRings(context, { rows, colour: theme.accent, width: 2 }, view, theme);
}

/** @param {CanvasRenderingContext2D} context @param {View} view @param {{ x: number, y: number }} place @param {Theme} theme */
export function drawCross(context, view, { x, y }, theme) {
  const [px, py] = [view.screenX(x), view.screenY(y)];
  context.strokeStyle = theme.ink;
  context.lineWidth = 1.5;
  context.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(px + 4 * dx, py + 4 * dy);
    context.lineTo(px + 13 * dx, py + 13 * dy);
  }
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Rectangle} box @param {Theme} theme */
export function drawBox(context, { left, top, width, height }, theme) {
  context.strokeStyle = context.fillStyle = theme.accent;
  context.lineWidth = 1;
  context.globalAlpha = 0.12;
  context.fillRect(left, top, width, height);
  context.globalAlpha = 1;
  context.strokeRect(left, top, width, height);
}
