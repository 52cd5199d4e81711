// Draws codes as dots in the colours of their kinds, such as draws that are in a hole or not.

import { fromHex, luminance } from "./colours.js";
import { drawKinds } from "./heatmap.js";

/** @import { Field } from "./field.js" */
/** @import { Scene } from "./painting.js" */
/** @import { View } from "./view.js" */
/** @import { Dots } from "./wire.d.ts" */

const DOT_RADIUS = 2.5;
const LEGEND_LEFT = 20;
const BRIGHT_FILL = 0.3; // luminance from which a rim is dark

/** @param {CanvasRenderingContext2D} context @param {Dots} dots @param {View} view @param {Pick<Scene, "layers" | "theme">} scene @param {Field | null} field of the same plane */
export function drawDots(context, dots, view, { layers, theme }, field) {
  const paints = dots.kinds.map(([, colour]) => ({ fill: colour, rim: dotRim(colour) }));
  context.lineWidth = 2;
  // One by one: if all of a kind came last, they would hide others, and their share would look larger.
  dots.points.forEach(([x, y], k) => {
    const { fill, rim } = paints[dots.values[k]];
    context.beginPath();
    context.arc(view.screenX(x), view.screenY(y), DOT_RADIUS, 0, 2 * Math.PI);
    context.strokeStyle = rim;
    context.stroke();
    context.fillStyle = fill;
    context.fill();
  });
  if (!(layers.has("field") && hasLegendIn(dots, field))) drawKinds(context, dots, LEGEND_LEFT, theme);
}

// A dot may lie on a field of its own colour, so its rim differs from that.
/** @param {string} colour */
function dotRim(colour) {
  return luminance(fromHex(colour)) > BRIGHT_FILL ? "#000000" : "#ffffff";
}

// Whether the legend of the field is also that of the dots.
/** @param {Dots} dots @param {Pick<Field, "kinds"> | null} field */
function hasLegendIn({ kinds }, field) {
  return kinds.every(([, colour]) => field?.kinds.some(([, other]) => other === colour));
}
