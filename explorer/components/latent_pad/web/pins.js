// Pins: places somebody picked, lettered A to Z across all planes, joined in order on each plane.

export const MAX_PINS = 26;
const RADIUS = 9;

export function pinLetter(index) {
  return String.fromCharCode(65 + index);
}

// The index of the pin under (px, py) on this plane, the topmost first; -1 when there is none.
export function pinAt(pins, planeIndex, view, px, py, reach) {
  return pins.findLastIndex(
    ({ plane, x, y }) =>
      plane === planeIndex && Math.hypot(view.screenX(x) - px, view.screenY(y) - py) <= reach,
  );
}

// The pins that still make sense on these planes. A pinned image is moved to where its code is
// now; Python applies the same rule to what it receives.
export function fitPins(pins, planes) {
  return pins.flatMap((pin) => {
    const points = planes[pin.plane]?.points;
    if (!points) return [];
    if (pin.point === null) return [pin];
    const [x, y] = [points.codes[2 * pin.point], points.codes[2 * pin.point + 1]];
    return Number.isFinite(x) && Number.isFinite(y) ? [{ ...pin, x, y }] : [];
  });
}

export function drawPins(context, { index: planeIndex, view, strip }, { pins, selected, theme }) {
  const here = pins
    .map((pin, index) => ({ ...pin, index, px: view.screenX(pin.x), py: view.screenY(pin.y) }))
    .filter(({ plane }) => plane === planeIndex);
  drawPath(context, strip.line, view, theme);
  context.font = `600 11px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { px, py, index, point } of here) {
    context.beginPath();
    context.arc(px, py, RADIUS, 0, 2 * Math.PI);
    context.fillStyle = theme.accent;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = theme.paper;
    context.stroke();
    if (index === selected || point !== null) {
      // A ring marks the selected pin; a pinned image always has a thin one.
      context.beginPath();
      context.arc(px, py, RADIUS + 3, 0, 2 * Math.PI);
      context.lineWidth = index === selected ? 2 : 1;
      context.strokeStyle = theme.accent;
      context.stroke();
    }
    context.fillStyle = theme.onAccent;
    context.fillText(pinLetter(index), px, py + 0.5);
  }
}

// line: places along the path.
function drawPath(context, line, view, theme) {
  if (!line.length) return;
  context.beginPath();
  for (const { x, y } of line) context.lineTo(view.screenX(x), view.screenY(y));
  // A pale line under the dark one keeps the path readable across dense clouds.
  for (const [colour, width] of [[theme.paper, 4], [theme.accent, 1.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}
