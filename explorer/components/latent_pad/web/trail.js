// Codes visited one after another, the last with its ellipse.

const DOT = 3;

export function drawTrail(context, { points, scales }, view, theme) {
  const at = points.map(([x, y]) => [view.screenX(x), view.screenY(y)]);
  const lined = (colour, width) => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  };
  context.beginPath();
  for (const [px, py] of at) context.lineTo(px, py);
  lined(theme.paper, 5);
  lined(theme.accent, 2);
  at.forEach(([px, py], k) => {
    const isLast = k === at.length - 1;
    if (scales) {
      const [width, height] = scales[k].map((scale) => Math.abs(scale) * view.scale);
      context.beginPath();
      context.ellipse(px, py, width, height, 0, 0, 2 * Math.PI);
      context.fillStyle = theme.accent;
      context.globalAlpha = 0.25;
      if (isLast) context.fill();
      context.globalAlpha = isLast ? 1 : 0.35;
      if (isLast) lined(theme.paper, 4);
      lined(theme.accent, isLast ? 2 : 1);
      context.globalAlpha = 1;
    }
    context.beginPath();
    // The last place is its ellipse: a dot would cover a small one.
    context.arc(px, py, isLast && scales ? 1 : DOT, 0, 2 * Math.PI);
    context.fillStyle = theme.accent;
    context.fill();
    if (!isLast || !scales) lined(theme.paper, 1.5);
  });
}
