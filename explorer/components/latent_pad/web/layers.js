// The layers of a plane, bottom first. To add a layer, add an entry: `has` tells whether the plane
// has anything to draw, `draw` draws it, in CSS pixels.

import { drawDots } from "./dots.js";
import { drawField } from "./heatmap.js";
import { drawCircles } from "./prior.js";
import { parseColour } from "./theme.js";

/** @import { Scene } from "./painting.js" */
/** @import { Plane } from "./plane.js" */
/** @import { LayerName } from "./wire.d.ts" */

const MAX_ELLIPSES = { crisp: 1500, rough: 300, heap: 6 }; // those of a heap cover one another
const MARKED_RADIUS = 4.5;

/**
 * @typedef {object} Layer
 * @property {LayerName} name
 * @property {string} label
 * @property {string} hint
 * @property {(plane: Plane) => boolean} has
 * @property {(context: CanvasRenderingContext2D, plane: Plane, scene: Scene) => void} draw
 */

/** @type {readonly Layer[]} */
export const LAYERS = [
  {
    name: "grid",
    label: "Images",
    hint: "Decoded images on a grid over the plane, which becomes finer as you zoom in",
    has: ({ frame }) => frame.hasPictures, // also while they are being loaded
    draw: drawTiles,
  },
  {
    name: "field",
    label: "Field",
    hint: "A value at every point of the plane, shown as a colour",
    has: ({ frame }) => frame.field !== null,
    draw: (context, { frame, view }, scene) => frame.field && drawField(context, frame.field, view, scene.theme),
  },
  {
    name: "prior",
    label: "Prior",
    hint: "Circles at 1, 2 and 3 standard deviations of N(0, I)",
    has: ({ frame }) => frame.prior,
    draw: (context, { view }, scene) => drawCircles(context, view, scene.theme),
  },
  {
    name: "contours",
    label: "Contours",
    hint: "The smallest regions that contain 50% and 90% of each class",
    has: (plane) => plane.points.count > 0,
    draw: drawContours,
  },
  {
    name: "points",
    label: "Test images",
    hint: "The code of each test image",
    has: (plane) => plane.points.count > 0,
    draw: drawPoints,
  },
  {
    name: "ellipses",
    label: "Uncertainty",
    hint: "One standard deviation of each code's posterior (of a subset if there are many)",
    has: ({ points }) => points.scales !== null,
    draw: drawEllipses,
  },
  {
    name: "dots",
    label: "Draws",
    hint: "Codes drawn at random, in the colour of what they were found to be",
    has: ({ frame }) => frame.dots !== null,
    draw: (context, { frame, view }, scene) => frame.dots && drawDots(context, frame.dots, view, scene, frame.field),
  },
];

// While a view is panned or zoomed, tiles change faster than they can be decoded, so none are.
/** @type {Layer["draw"]} */
function drawTiles(context, { tiles, view }, scene) {
  if (!tiles) return;
  tiles.look(view);
  if (!scene.moving || scene.playing) tiles.work();
  tiles.draw(context, view);
  if (tiles.wanted.length) scene.again();
}

/** @type {Layer["draw"]} */
function drawContours(context, plane, scene) {
  const { view } = plane;
  plane.derived.contours(scene.colours.length).forEach((contours, label) => {
    if (scene.hidden.has(label)) return;
    context.strokeStyle = `rgb(${scene.colours[label]})`;
    for (const { share, segments } of contours) {
      context.lineWidth = share > 0.5 ? 1 : 2;
      context.beginPath();
      for (let k = 0; k < segments.length; k += 4) {
        context.moveTo(view.screenX(segments[k]), view.screenY(segments[k + 1]));
        context.lineTo(view.screenX(segments[k + 2]), view.screenY(segments[k + 3]));
      }
      context.stroke();
    }
  });
}

/** @type {Layer["draw"]} */
function drawEllipses(context, plane, scene) {
  const { view, points } = plane;
  const { codes, labels, scales } = points;
  if (!scales) return;
  const { kinds, colours } = plane.inks(scene);
  const { xmin, xmax, ymin, ymax } = view.bounds();
  const inView = [];
  for (const i of points.finite) {
    const [x, y] = [codes[2 * i], codes[2 * i + 1]];
    if (x > xmin && x < xmax && y > ymin && y < ymax && !scene.hidden.has(labels[i])) inView.push(i);
  }
  const most = plane.heap ? MAX_ELLIPSES.heap : scene.rough ? MAX_ELLIPSES.rough : MAX_ELLIPSES.crisp;
  const thinning = thinningFor(inView.length, most);
  context.lineWidth = 1;
  for (const i of inView) {
    const [width, height] = [scales[2 * i] * view.scale, scales[2 * i + 1] * view.scale];
    if (scramble(i) % thinning !== 0 || !Number.isFinite(width + height)) continue;
    const [red, green, blue] = colours[kinds[i]];
    context.fillStyle = `rgba(${red}, ${green}, ${blue}, 0.07)`;
    context.strokeStyle = `rgba(${red}, ${green}, ${blue}, 0.6)`;
    context.beginPath();
    const [px, py] = [view.screenX(codes[2 * i]), view.screenY(codes[2 * i + 1])];
    context.ellipse(px, py, Math.abs(width), Math.abs(height), 0, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

// Keep one ellipse in 1, 2, 4, 8…: with powers of two, each subset contains the next smaller one,
// so that ellipses do not flicker while panning.
/** @param {number} count @param {number} most */
function thinningFor(count, most) {
  return 2 ** Math.max(0, Math.ceil(Math.log2(count / most)));
}

// A fixed hash of the index, so that a subset does not favour any part of the data set.
/** @param {number} i */
function scramble(i) {
  return Math.imul(i, 2654435761) >>> 12;
}

/** @type {Layer["draw"]} */
function drawPoints(context, plane, scene) {
  const ratio = scene.rough ? 1 : scene.ratio;
  const isColourful = scene.layers.has("grid") || (scene.layers.has("field") && plane.frame.field !== null);
  const halo = isColourful ? parseColour(scene.theme.paper) : null;
  const image = plane.painter.paint(plane.points, plane.inks(scene), plane.view, ratio, scene, halo);
  context.imageSmoothingEnabled = true;
  context.drawImage(image, 0, 0, image.width / ratio, image.height / ratio);
  const { marked } = plane.frame;
  if (marked !== null && !scene.hidden.has(marked)) drawMarked(context, plane, scene, marked);
}

// A few codes that must stand out among many: discs with a rim that separates them from the cloud.
/** @param {CanvasRenderingContext2D} context @param {Plane} plane @param {Scene} scene @param {number} marked class */
function drawMarked(context, { view, points }, scene, marked) {
  const [red, green, blue] = scene.colours[marked];
  context.fillStyle = `rgb(${red}, ${green}, ${blue})`;
  context.strokeStyle = scene.theme.paper;
  context.lineWidth = 1.5;
  for (const i of points.finite) {
    if (points.labels[i] !== marked) continue;
    context.beginPath();
    const [px, py] = [view.screenX(points.codes[2 * i]), view.screenY(points.codes[2 * i + 1])];
    context.arc(px, py, MARKED_RADIUS, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}
