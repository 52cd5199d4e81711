// Pins on a plane, and the path through them.

/** @import { Plane } from "./plane.js" */
/** @import { Scene } from "./painting.js" */
/** @import { Pin } from "./state.js" */
/** @import { Place } from "./surface.js" */
/** @import { Theme } from "./theme.js" */
/** @import { Spot, View } from "./view.js" */

const RADIUS = 9;

/** @param {number} index */
export function pinLetter(index) {
  return String.fromCharCode(65 + index);
}

// The index of the topmost pin of this plane within reach of a spot, or -1.
/** @param {readonly Pin[]} pins @param {Plane} plane @param {Spot} spot @param {number} reach */
export function pinAt(pins, { index, view }, { px, py }, reach) {
  return pins.findLastIndex(
    ({ plane, x, y }) => plane === index && Math.hypot(view.screenX(x) - px, view.screenY(y) - py) <= reach,
  );
}

/** @param {CanvasRenderingContext2D} context @param {Plane} plane @param {Scene} scene */
export function drawPins(context, { index: planeIndex, view, strip }, { pins, selected, theme }) {
  drawPath(context, strip.line, view, theme);
  context.font = `600 11px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  pins.forEach(({ plane, x, y, point }, index) => {
    if (plane !== planeIndex) return;
    const [px, py] = [view.screenX(x), view.screenY(y)];
    context.beginPath();
    context.arc(px, py, RADIUS, 0, 2 * Math.PI);
    context.fillStyle = theme.accent;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = theme.paper;
    context.stroke();
    if (index === selected || point !== null) {
      // The selected pin has a ring; pinned images always have a thin one.
      context.beginPath();
      context.arc(px, py, RADIUS + 3, 0, 2 * Math.PI);
      context.lineWidth = index === selected ? 2 : 1;
      context.strokeStyle = theme.accent;
      context.stroke();
    }
    context.fillStyle = theme.onAccent;
    context.fillText(pinLetter(index), px, py + 0.5);
  });
}

/** @param {CanvasRenderingContext2D} context @param {readonly Place[]} line @param {View} view @param {Theme} theme */
function drawPath(context, line, view, theme) {
  if (!line.length) return;
  context.beginPath();
  for (const { x, y } of line) context.lineTo(view.screenX(x), view.screenY(y));
  // A wider line in the background colour keeps the path readable across dense clouds.
  const outline = (/** @type {string} */ colour, /** @type {number} */ width) => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  };
  outline(theme.paper, 4);
  outline(theme.accent, 1.5);
}
