// Colours and font as the style sheet resolved them: Streamlit's variables, or our own fallbacks.

import { fromHex, luminance } from "./colours.js";

export function readTheme(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(name).trim();
  const accent = value("--accent");
  return {
    ink: value("--ink"),
    paper: value("--paper"),
    accent,
    onAccent: luminance(parseColour(accent)) > 0.45 ? "#000000" : "#ffffff",
    font: value("--font"),
  };
}

// Any CSS colour as [r, g, b]. A canvas gives opaque colours back as #rrggbb.
export function parseColour(colour) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = colour;
  const hex = context.fillStyle;
  return hex.startsWith("#") ? fromHex(hex) : hex.match(/[\d.]+/g).slice(0, 3).map(Number);
}
