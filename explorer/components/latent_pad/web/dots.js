// Draws codes as dots in the colours of their kinds, such as draws that are in a hole or not.

import { onPaper } from "./colours.js";
import { drawKinds } from "./heatmap.js";

/** @import { Field } from "./field.js" */
/** @import { Scene } from "./painting.js" */
/** @import { View } from "./view.js" */
/** @import { Dots } from "./wire.d.ts" */

const DOT_RADIUS = { most: 2.5, least: 1.2, share: 1 / 160 }; // pixels, and a share of the plane: on a phone it is small
const DOT_RIM = "#000000"; // the same for all kinds, on any background, or some would look larger
const LEGEND_LEFT = 44; // beside the name of the vertical axis

/** @param {CanvasRenderingContext2D} context @param {Dots} dots @param {View} view @param {Pick<Scene, "layers" | "theme">} scene @param {Field | null} field of the same plane */
export function drawDots(context, dots, view, { layers, theme }, field) {
  const { most, least, share } = DOT_RADIUS;
  const radius = Math.min(most, Math.max(least, share * Math.min(view.width, view.height)));
  context.lineWidth = radius > 2 ? 2 : 1;
  context.strokeStyle = DOT_RIM;
  const inks = dots.kinds.map(([, ...pair]) => onPaper(pair, theme));
  // One by one: if all of a kind came last, they would hide others, and their share would look larger.
  dots.points.forEach(([x, y], k) => {
    context.beginPath();
    context.arc(view.screenX(x), view.screenY(y), radius, 0, 2 * Math.PI);
    context.stroke();
    context.fillStyle = inks[dots.values[k]];
    context.fill();
  });
  if (!view.isNarrow && !(layers.has("field") && hasLegendIn(dots, field))) drawKinds(context, dots, LEGEND_LEFT, theme);
}

// Whether the legend of the field is also that of the dots.
/** @param {Dots} dots @param {Pick<Field, "kinds"> | null} field */
function hasLegendIn({ kinds }, field) {
  return kinds.every(([, colour]) => field?.kinds.some(([, other]) => other === colour));
}
