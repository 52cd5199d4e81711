// Colours and font as the style sheet resolved them: Streamlit's variables, or our own fallbacks.

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
  if (!hex.startsWith("#")) return hex.match(/[\d.]+/g).slice(0, 3).map(Number);
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// Relative luminance, 0 black to 1 white (WCAG 2).
function luminance(rgb) {
  const linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const [r, g, b] = rgb.map((value) => linear(value / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
