// Draws N(0, I) to scale: circles at 1, 2 and 3 standard deviations. Lines and names have a rim of
// paper, or they would be lost on a field.

/** @import { Theme } from "./theme.js" */
/** @import { View } from "./view.js" */

const SIGMAS = [1, 2, 3];
const LEGIBLE = 20; // pixels per standard deviation, from which each circle has its own name
const APART = 22; // pixels between circles that are smaller than this and their common name
const RIM = 3; // pixels

/** @param {CanvasRenderingContext2D} context @param {View} view @param {Theme} theme */
export function drawCircles(context, view, theme) {
  for (const sigma of SIGMAS) {
    context.beginPath();
    context.arc(view.screenX(0), view.screenY(0), sigma * view.scale, 0, 2 * Math.PI);
    outline(context, theme);
  }
}

// To be drawn over all layers: codes would hide the names, and circles that are tiny.
/** @param {CanvasRenderingContext2D} context @param {View} view @param {Theme} theme */
export function drawCircleNames(context, view, theme) {
  context.textAlign = "left";
  context.textBaseline = "bottom";
  context.lineJoin = "round";
  for (const { text, radius, apart } of circleNames(view.scale)) {
    const [x, y] = [view.screenX(0) + radius * Math.SQRT1_2, view.screenY(0) - radius * Math.SQRT1_2];
    if (apart) {
      drawCircles(context, view, theme);
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x + apart, y - apart);
      outline(context, theme);
    }
    context.font = `${apart ? "bold 12" : 11}px ${theme.font}`;
    context.lineWidth = RIM;
    context.strokeStyle = theme.paper;
    context.strokeText(text, x + apart + 2, y - apart);
    context.fillStyle = theme.accent;
    context.fillText(text, x + apart + 2, y - apart);
  }
}

// The names of the circles, and how far from the centre and from the circle each is written: one for
// all where there is no room for three.
/** @param {number} scale pixels per standard deviation */
export function circleNames(scale) {
  const outer = { radius: 3 * scale, apart: 0, text: "3σ of N(0, I)" };
  if (scale < LEGIBLE) return [{ ...outer, apart: APART, text: "N(0, I)" }];
  return [1, 2].map((sigma) => ({ radius: sigma * scale, apart: 0, text: `${sigma}σ` })).concat(outer);
}

// Stroke the current path in the accent colour.
/** @param {CanvasRenderingContext2D} context @param {Theme} theme */
function outline(context, theme) {
  context.strokeStyle = theme.paper;
  context.lineWidth = RIM;
  context.stroke();
  context.strokeStyle = theme.accent;
  context.lineWidth = 1.2;
  context.stroke();
}
