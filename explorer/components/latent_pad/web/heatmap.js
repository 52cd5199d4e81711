// Draws a field in colours, with a colour bar or a list of its categories.

import { contextOf } from "../../web/dom.js";
import { formatNumber } from "./axes.js";
import { STOPS, onPaper } from "./colours.js";

/** @import { Field } from "./field.js" */
/** @import { Theme } from "./theme.js" */
/** @import { View } from "./view.js" */

const BAR = { width: 120, height: 8, right: 12, top: 22 };
const LINE = 15; // pixels per line of the list of kinds
const SHADE = 0.75; // opacity; codes on top must stay visible
const MOST_LISTED = 3; // kinds; with more, the class legend explains the colours

/** @type {WeakMap<Field, { canvas: HTMLCanvasElement, isDark: boolean }>} */
const painted = new WeakMap(); // with one pixel per cell

/** @param {CanvasRenderingContext2D} context @param {Field} field @param {View} view @param {Theme} theme */
export function drawField(context, field, view, theme) {
  const last = painted.get(field);
  const sheet = last?.isDark === theme.isDark ? last : paint(field, theme);
  painted.set(field, sheet);
  const [xmin, xmax, ymin, ymax] = field.box;
  context.globalAlpha = SHADE;
  context.imageSmoothingEnabled = !field.kinds.length; // categories must not be blended
  const [left, top] = [view.screenX(xmin), view.screenY(ymax)];
  context.drawImage(sheet.canvas, left, top, (xmax - xmin) * view.scale, (ymax - ymin) * view.scale);
  context.globalAlpha = 1;
  if (view.isNarrow) return;
  if (field.kinds.length) drawKinds(context, field, view.width - BAR.right - BAR.width, theme);
  else drawBar(context, field, view, theme);
}

/** @param {Field} field @param {Theme} theme */
function paint(field, theme) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: field.columns, height: field.rows });
  const image = new ImageData(field.columns, field.rows);
  const colours = field.colours(theme);
  field.values.forEach((value, k) => {
    const colour = colours(value);
    if (colour) image.data.set([...colour, 255], 4 * k);
  });
  contextOf(canvas).putImageData(image, 0, 0);
  return { canvas, isDark: theme.isDark };
}

// A title and the colour of each kind of it.
/** @param {CanvasRenderingContext2D} context @param {Pick<Field, "title" | "kinds">} legend @param {number} left edge on the screen @param {Theme} theme */
export function drawKinds(context, { title, kinds }, left, theme) {
  const listed = kinds.length <= MOST_LISTED ? kinds : [];
  context.globalAlpha = 0.85;
  context.fillStyle = theme.paper;
  context.fillRect(left - 8, BAR.top - 18, BAR.width + 16, 20 + LINE * listed.length);
  context.globalAlpha = 1;
  context.font = `11px ${theme.font}`;
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.fillStyle = theme.ink;
  context.fillText(title, left, BAR.top - 5, BAR.width);
  listed.forEach(([name, ...pair], k) => {
    const top = BAR.top + LINE * k;
    context.fillStyle = onPaper(pair, theme);
    context.fillRect(left, top, 10, 10);
    context.fillStyle = theme.ink;
    context.fillText(name, left + 16, top + 9, BAR.width - 16);
  });
}

/** @param {CanvasRenderingContext2D} context @param {Field} field @param {View} view @param {Theme} theme */
function drawBar(context, { title, low, high }, view, theme) {
  context.font = `11px ${theme.font}`;
  const room = view.width - 2 * BAR.right;
  const width = Math.min(room, Math.max(BAR.width, context.measureText(title).width));
  const left = view.width - BAR.right - width;
  const colours = context.createLinearGradient(left, 0, left + width, 0);
  for (const [k, stop] of STOPS.entries()) colours.addColorStop(k / (STOPS.length - 1), `rgb(${stop})`);
  context.globalAlpha = 0.85;
  context.fillStyle = theme.paper;
  context.fillRect(left - 8, BAR.top - 18, width + 16, BAR.height + 36);
  context.globalAlpha = 1;
  context.fillStyle = colours;
  context.fillRect(left, BAR.top, width, BAR.height);
  context.fillStyle = theme.ink;
  context.textBaseline = "alphabetic";
  context.textAlign = "center";
  context.fillText(title, left + width / 2, BAR.top - 6, width);
  const step = (high - low) / 100 || 1;
  context.textAlign = "left";
  context.fillText(formatNumber(low, step), left, BAR.top + BAR.height + 12);
  context.textAlign = "right";
  context.fillText(formatNumber(high, step), left + width, BAR.top + BAR.height + 12);
}
