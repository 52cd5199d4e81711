// Marks that follow the pointer or the keyboard, over everything else.

import { pointStyle } from "./painter.js";

// The code nearest to where one looks, and the way to it.
export function drawNearest(context, { highlight, lens, points, view }, { theme, colours, layers }) {
  if (highlight < 0 || !layers.has("points")) return;
  const { codes, labels, finite } = points;
  const [px, py] = [view.screenX(codes[2 * highlight]), view.screenY(codes[2 * highlight + 1])];
  const [red, green, blue] = colours[labels[highlight]];
  context.strokeStyle = theme.ink;
  context.lineWidth = 1;
  context.globalAlpha = 0.6;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(view.screenX(lens.x), view.screenY(lens.y));
  context.lineTo(px, py);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
  context.beginPath();
  context.arc(px, py, Math.max(4, pointStyle(finite.length, view).radius + 1.5), 0, 2 * Math.PI);
  context.fillStyle = `rgb(${red}, ${green}, ${blue})`;
  context.fill();
  context.lineWidth = 1.5;
  context.stroke();
}

export function drawCross(context, view, { x, y }, theme) {
  const [px, py] = [view.screenX(x), view.screenY(y)];
  context.strokeStyle = theme.ink;
  context.lineWidth = 1.5;
  context.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(px + 4 * dx, py + 4 * dy);
    context.lineTo(px + 13 * dx, py + 13 * dy);
  }
  context.stroke();
}

export function drawBox(context, { left, top, width, height }, theme) {
  context.strokeStyle = context.fillStyle = theme.accent;
  context.lineWidth = 1;
  context.globalAlpha = 0.12;
  context.fillRect(left, top, width, height);
  context.globalAlpha = 1;
  context.strokeRect(left, top, width, height);
}
