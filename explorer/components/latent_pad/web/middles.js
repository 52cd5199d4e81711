// The middle of each class of codes, and the names of the classes written there.

import { writeRimmed } from "./axes.js";
import { isLarge } from "./heap.js";

/** @import { PointSet } from "./points.js" */
/** @import { Scene } from "./painting.js" */
/** @import { Plane } from "./plane.js" */

const MOST_NAMES = 24; // classes that are named
const LONGEST_NAME = 14; // letters of a name that is shown in full
const NAME_SIZE = { short: 18, long: 13 }; // pixels; a name of one or two letters is short

/** @type {[number, number][]} where a name may be written, in units of its size */
const AROUND = [[0, 0], [0, -1], [0, 1], [1, 0], [-1, 0]];

/** @typedef {{ x: number, y: number } | null} Middle null for a class without codes */
/** @typedef {{ left: number, right: number, top: number, bottom: number }} Room that a name takes on the screen */

// For each class its code that is nearest to the median of the class: always among its codes.
/** @param {PointSet} points @param {number} classes @returns {Middle[]} */
export function classMiddles(points, classes) {
  /** @type {number[][]} */
  const members = Array.from({ length: classes }, () => []);
  for (const i of points.finite) members[points.labels[i]]?.push(i);
  return members.map((indices) => {
    if (!indices.length) return null;
    const middle = points.median(indices);
    const off = (/** @type {number} */ i) => points.distance(i, middle);
    return points.at(indices.reduce((best, i) => (off(i) < off(best) ? i : best)));
  });
}

// A name that would cover another is written beside its middle, or left out if there is no room
// either. A heap of codes has no middles.
/** @param {CanvasRenderingContext2D} context @param {Plane} plane @param {Scene} scene @param {readonly string[]} classes */
export function drawClassNames(context, plane, scene, classes) {
  const { view, heap } = plane;
  if (view.isNarrow || (heap && !isLarge(heap, view))) return;
  if (classes.length < 2 || classes.length > MOST_NAMES || plane.points.count < classes.length) return;
  /** @type {Room[]} */
  const taken = [];
  context.textAlign = "center";
  context.textBaseline = "middle";
  plane.derived.middles(classes.length).forEach((middle, k) => {
    if (!middle || scene.hidden.has(k)) return;
    const name = classes[k].length > LONGEST_NAME ? `${classes[k].slice(0, LONGEST_NAME - 1)}…` : classes[k];
    const size = name.length > 2 ? NAME_SIZE.long : NAME_SIZE.short;
    context.font = `700 ${size}px ${scene.theme.font}`;
    const [px, py] = [view.screenX(middle.x), view.screenY(middle.y)];
    const half = context.measureText(name).width / 2;
    const rooms = AROUND.map(([dx, dy]) => {
      const [x, y] = [px + dx * (2 * half + 2), py + dy * size];
      return { x, y, left: x - half, right: x + half, top: y - size / 2, bottom: y + size / 2 };
    });
    const room = rooms.find((one) => !taken.some((other) => overlap(other, one)));
    if (!room) return;
    taken.push(room);
    writeRimmed(context, name, room.x, room.y, scene.theme);
  });
}

/** @param {Room} a @param {Room} b */
function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
