// Tick marks at round numbers, a faint grid, and the names of the axes.

/** @import { Theme } from "./theme.js" */
/** @import { View } from "./view.js" */

const TICK_SPACING = 64; // pixels, roughly

// Round numbers from low to high, about one every TICK_SPACING pixels.
/** @param {number} low @param {number} high @param {number} pixels */
export function ticks(low, high, pixels) {
  const rough = ((high - low) * TICK_SPACING) / pixels;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((m) => m * power >= rough * 0.8) ?? 10);
  const values = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) values.push(k * step);
  return { step, values };
}

// With just enough digits to tell neighbouring steps apart, and a real minus sign.
/** @param {number} value @param {number} step */
export function formatNumber(value, step) {
  const size = Math.max(Math.abs(value), step);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  let text;
  if (Math.abs(value) < step / 2) text = "0";
  else if (size >= 1e5 || size < 1e-3) {
    const significant = Math.floor(Math.log10(size)) - Math.floor(Math.log10(step) + 1e-9);
    text = value.toExponential(Math.min(15, Math.max(0, significant)));
  } else text = value.toFixed(Math.min(15, digits));
  return text.replaceAll("-", "−").replace("e+", "e");
}

// With two significant digits.
/** @param {number} value */
export function brief(value) {
  if (!Number.isFinite(value)) return "–";
  return formatNumber(value, 10 ** (Math.floor(Math.log10(Math.abs(value) || 1)) - 1));
}

/** @param {CanvasRenderingContext2D} context @param {View} view @param {Theme} theme */
export function drawGridLines(context, view, theme) {
  const { xmin, xmax, ymin, ymax } = view.bounds();
  context.strokeStyle = theme.ink;
  context.lineWidth = 1;
  /** @type {(value: number, ax: number, ay: number, bx: number, by: number) => void} */
  const line = (value, ax, ay, bx, by) => {
    context.globalAlpha = value === 0 ? 0.22 : 0.07;
    context.beginPath();
    context.moveTo(ax, ay);
    context.lineTo(bx, by);
    context.stroke();
  };
  for (const x of ticks(xmin, xmax, view.width).values) {
    const px = Math.round(view.screenX(x)) + 0.5; // centred on a pixel, so the line is 1 px thick
    line(x, px, 0, px, view.height);
  }
  for (const y of ticks(ymin, ymax, view.height).values) {
    const py = Math.round(view.screenY(y)) + 0.5;
    line(y, 0, py, view.width, py);
  }
  context.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} context @param {View} view @param {Theme} theme @param {[string, string]} names */
export function drawAxisLabels(context, view, theme, [xName, yName]) {
  const { xmin, xmax, ymin, ymax } = view.bounds();
  const across = ticks(xmin, xmax, view.width);
  const down = ticks(ymin, ymax, view.height);
  const base = view.height - 6;
  context.font = `11px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  for (const x of across.values) {
    const px = view.screenX(x);
    if (px > 34 && px < view.width - 34) writeRimmed(context, formatNumber(x, across.step), px, base, theme, 0.6);
  }
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const y of down.values) {
    const py = view.screenY(y);
    if (py > 30 && py < view.height - 26) writeRimmed(context, formatNumber(y, down.step), 6, py, theme, 0.6);
  }
  context.font = `600 12px ${theme.font}`;
  context.textBaseline = "alphabetic";
  writeRimmed(context, yName, 6, 16, theme, 0.9);
  context.textAlign = "right";
  writeRimmed(context, xName, view.width - 6, base, theme, 0.9);
}

// Text that lies on points or pictures, and so has an outline in the background colour.
/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {Theme} theme
 * @param {number} [alpha]
 */
export function writeRimmed(context, text, x, y, theme, alpha = 1) {
  context.strokeStyle = theme.paper;
  context.lineWidth = 3.5;
  context.lineJoin = "round";
  context.globalAlpha = 0.85;
  context.strokeText(text, x, y);
  context.globalAlpha = alpha;
  context.fillStyle = theme.ink;
  context.fillText(text, x, y);
  context.globalAlpha = 1;
}
