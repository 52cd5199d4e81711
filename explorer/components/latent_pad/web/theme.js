// Colours and font as resolved by the style sheet: Streamlit's variables, or our fallbacks.

import { contextOf } from "../../web/dom.js";
import { fromHex, luminance } from "./colours.js";

/** @import { Colour } from "./colours.js" */

const MIDDLE = 0.18; // luminance; text on darker papers is light

/**
 * CSS colours and a font; onAccent is the colour of text on the accent colour, isDark tells whether
 * the paper is.
 * @typedef {{ ink: string, paper: string, accent: string, onAccent: string, isDark: boolean, font: string }} Theme
 */

/** @param {Element} element @returns {Theme} */
export function readTheme(element) {
  const style = getComputedStyle(element);
  const value = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const accent = value("--accent");
  const paper = value("--paper");
  return {
    ink: value("--ink"),
    paper,
    accent,
    onAccent: luminance(parseColour(accent)) > 0.45 ? "#000000" : "#ffffff",
    isDark: luminance(parseColour(paper)) < MIDDLE,
    font: value("--font"),
  };
}

// By how much an element is enlarged on the page, as for an audience; the browser's own zoom aside.
/** @param {HTMLElement} element */
export function zoomOf(element) {
  return element.getBoundingClientRect().width / element.offsetWidth || 1;
}

// Any CSS colour as [r, g, b]. A canvas returns opaque colours as #rrggbb.
/** @param {string} colour @returns {Colour} */
export function parseColour(colour) {
  const context = contextOf(document.createElement("canvas"));
  context.fillStyle = colour;
  const hex = String(context.fillStyle);
  return hex.startsWith("#") ? fromHex(hex) : (hex.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}
