// Draws trails (sequences of codes, the last with its ellipse) and the legend of their names.

/** @import { Theme } from "./theme.js" */
/** @import { View } from "./view.js" */
/** @import { Trail } from "./wire.d.ts" */

const DOT = 3;
const MARK = { disc: 6, ring: 11 }; // radii, in CSS pixels
const KEY = { left: 12, top: 24, line: 18, row: 16, gap: 6 }; // the trails' legend

/** @param {CanvasRenderingContext2D} context @param {Trail} trail @param {View} view @param {Theme} theme */
export function drawTrail(context, { points, scales, colour, dots, marked }, view, theme) {
  const paint = colour ?? theme.accent;
  const at = points.map(([x, y]) => [view.screenX(x), view.screenY(y)]);
  const lined = (/** @type {string} */ colour, /** @type {number} */ width) => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  };
  context.beginPath();
  for (const [px, py] of at) context.lineTo(px, py);
  lined(theme.paper, 5);
  lined(paint, 2);
  if (!dots) return;
  at.forEach(([px, py], k) => {
    const isLast = k === at.length - 1;
    if (scales) {
      const [width, height] = scales[k].map((scale) => Math.abs(scale) * view.scale);
      context.beginPath();
      context.ellipse(px, py, width, height, 0, 0, 2 * Math.PI);
      context.fillStyle = paint;
      context.globalAlpha = 0.25;
      if (isLast) context.fill();
      context.globalAlpha = isLast ? 1 : 0.35;
      if (isLast) lined(theme.paper, 4);
      lined(paint, isLast ? 2 : 1);
      context.globalAlpha = 1;
    }
    context.beginPath();
    // The last code is marked by its ellipse, which a dot might cover.
    context.arc(px, py, isLast && scales ? 1 : DOT, 0, 2 * Math.PI);
    context.fillStyle = paint;
    context.fill();
    if (!isLast || !scales) lined(theme.paper, 1.5);
  });
  const last = at.at(-1);
  if (marked && last) drawMark(context, last, paint, theme);
}

// A disc within a ring, both with a rim in the background's colour.
/** @param {CanvasRenderingContext2D} context @param {number[]} place on the screen @param {string} paint @param {Theme} theme */
function drawMark(context, [px, py], paint, theme) {
  const circle = (/** @type {number} */ radius, /** @type {string} */ colour, /** @type {number} */ width) => {
    context.beginPath();
    context.arc(px, py, radius, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  };
  circle(MARK.ring, theme.paper, 5);
  circle(MARK.ring, paint, 2.5);
  circle(MARK.disc, theme.paper, 3);
  context.fillStyle = paint;
  context.fill();
}

/** @param {CanvasRenderingContext2D} context @param {readonly Trail[]} trails @param {Theme} theme */
export function drawTrailNames(context, trails, theme) {
  const named = trails.filter(({ name }) => name);
  if (!named.length) return;
  context.font = `11px ${theme.font}`;
  const widest = Math.max(...named.map(({ name }) => context.measureText(name).width));
  const { left, top, line, row, gap } = KEY;
  context.globalAlpha = 0.85;
  context.fillStyle = theme.paper;
  context.fillRect(left - 6, top - 4, line + gap + widest + 12, named.length * row + 6);
  context.globalAlpha = 1;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.lineWidth = 3;
  named.forEach(({ name, colour }, k) => {
    const middle = top + (k + 0.5) * row;
    context.strokeStyle = colour ?? theme.accent;
    context.beginPath();
    context.moveTo(left, middle);
    context.lineTo(left + line, middle);
    context.stroke();
    context.fillStyle = theme.ink;
    context.fillText(name, left + line + gap, middle);
  });
}
