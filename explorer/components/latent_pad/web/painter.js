// How a cloud of codes is painted.

// Few points are big and solid, many are small and let one another shine through. Zooming in
// makes room, so points grow, but slower than the room does.
export function pointStyle(count, view) {
  const covered = (0.3 * Math.min(view.width, view.height) ** 2) / Math.max(1, count);
  const zoom = view.scale / view.homeScale;
  const radius = Math.sqrt(covered / Math.PI) * zoom ** 0.4;
  return {
    radius: Math.min(4.5, Math.max(1.1, radius)),
    opacity: Math.min(0.9, Math.max(0.5, 0.5 + radius / 8)),
  };
}

// Paints discs into raw pixels. Drawing 70,000 sprites through the canvas takes 30 ms and more
// without a GPU; adding their few pixels by hand takes a fraction of that, everywhere the same.
export class PointPainter {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d");
  }

  // colours: one [r, g, b] per class. Hidden classes go beneath the others, in grey. Of very many
  // points in a moving view each is but one pixel: a million of them then take 10 ms, not 150.
  paint(points, view, ratio, { colours, grey, hidden, rough }) {
    const { radius, opacity } = pointStyle(points.finite.length, view);
    const asDots = rough && points.finite.length > MOST_DISCS;
    const stamp = makeStamp(asDots ? 0 : radius * ratio);
    const putAll = asDots ? dotAll : stampAll;
    const image = this.blankImage(Math.ceil(view.width * ratio), Math.ceil(view.height * ratio), stamp.size);
    const transform = {
      scale: view.scale * ratio,
      left: (view.width / 2 - view.x * view.scale) * ratio,
      top: (view.height / 2 + view.y * view.scale) * ratio,
    };
    if (hidden.size) {
      const allGrey = colours.map(() => grey);
      putAll(image, points, transform, stamp, allGrey, opacity * 0.25, (label) => hidden.has(label));
    }
    putAll(image, points, transform, stamp, colours, opacity, (label) => !hidden.has(label));
    this.context.putImageData(image.pixels, -stamp.size, -stamp.size);
    return this.canvas;
  }

  // The image is wider than the canvas by one stamp on each side, so that no stamp needs clipping.
  blankImage(width, height, margin) {
    const { canvas } = this;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const [w, h] = [width + 2 * margin, height + 2 * margin];
    if (this.pixels?.width === w && this.pixels.height === h) this.pixels.data.fill(0);
    else this.pixels = new ImageData(w, h);
    return { pixels: this.pixels, margin };
  }
}

const MOST_DISCS = 150_000;
const PHASES = 4; // positions within a pixel, per axis: without them a fine cloud looks gridded

// Coverage (0–255) of a disc, once for each position of its centre within a pixel.
function makeStamp(radius) {
  const half = Math.ceil(radius + 0.5);
  const size = 2 * half + 1;
  const masks = [];
  for (let phase = 0; phase < PHASES * PHASES; phase++) {
    const cx = half + ((phase % PHASES) + 0.5) / PHASES;
    const cy = half + (Math.floor(phase / PHASES) + 0.5) / PHASES;
    masks.push(
      Uint8Array.from({ length: size * size }, (_, k) => {
        const distance = Math.hypot((k % size) + 0.5 - cx, Math.floor(k / size) + 0.5 - cy);
        return 255 * Math.min(1, Math.max(0, radius + 0.5 - distance));
      }),
    );
  }
  return { half, size, masks };
}

// One pixel a point, the last one on top; both bytes and colours are little-endian in all browsers.
function dotAll({ pixels, margin }, { codes, labels, finite }, transform, stamp, colours, opacity, chosen) {
  const words = new Uint32Array(pixels.data.buffer);
  const { width, height } = pixels;
  const alpha = Math.round(255 * opacity) << 24;
  // A colour with no alpha is none: classes that are not chosen are left out by it.
  const ink = Uint32Array.from(colours, ([r, g, b], label) => (chosen(label) ? alpha | (b << 16) | (g << 8) | r : 0));
  const { scale } = transform;
  const [left, top] = [transform.left + margin, transform.top + margin];
  for (let n = 0; n < finite.length; n++) {
    const i = finite[n];
    const px = left + codes[2 * i] * scale;
    const py = top - codes[2 * i + 1] * scale;
    const colour = ink[labels[i]];
    if (colour && px >= 0 && py >= 0 && px < width && py < height) words[(py | 0) * width + (px | 0)] = colour;
  }
}

function stampAll({ pixels, margin }, points, transform, stamp, colours, opacity, chosen) {
  const { data, width, height } = pixels;
  const { codes, labels, finite } = points;
  const { half, size, masks } = stamp;
  const shown = Uint8Array.from(colours, (_, label) => (chosen(label) ? 1 : 0));
  const strength = Math.round(opacity * 256);
  const [left, top] = [transform.left + margin, transform.top + margin];
  const [right, bottom] = [width - size, height - size];
  for (let n = 0; n < finite.length; n++) {
    const i = finite[n];
    const label = labels[i];
    if (!shown[label]) continue;
    const px = left + codes[2 * i] * transform.scale;
    const py = top - codes[2 * i + 1] * transform.scale;
    if (!(px > half && py > half && px < right + half && py < bottom + half)) continue;
    const column = Math.floor(px);
    const row = Math.floor(py);
    const mask = masks[Math.floor((py - row) * PHASES) * PHASES + Math.floor((px - column) * PHASES)];
    blend(data, (row - half) * width + column - half, width, mask, size, colours[label], strength);
  }
}

// The usual "over" rule, except that the colour of half-clear pixels is mixed as if they were
// opaque: it spares a division per pixel and shows only on the rims of overlapping discs.
function blend(data, corner, width, mask, size, colour, strength) {
  const red = colour[0]; // taken apart by hand: this runs for every point of every frame
  const green = colour[1];
  const blue = colour[2];
  let k = 0;
  for (let row = 0; row < size; row++) {
    let p = 4 * (corner + row * width);
    for (let column = 0; column < size; column++, p += 4, k++) {
      const alpha = (mask[k] * strength) >> 8;
      if (alpha === 0) continue;
      const below = data[p + 3];
      if (below === 0) {
        data[p] = red;
        data[p + 1] = green;
        data[p + 2] = blue;
        data[p + 3] = alpha;
      } else {
        data[p] += ((red - data[p]) * alpha) >> 8;
        data[p + 1] += ((green - data[p + 1]) * alpha) >> 8;
        data[p + 2] += ((blue - data[p + 2]) * alpha) >> 8;
        data[p + 3] = below + (((255 - below) * alpha) >> 8);
      }
    }
  }
}
