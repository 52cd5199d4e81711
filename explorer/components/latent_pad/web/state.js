// The pad's state, and a reducer that applies actions to it. Nothing here draws or reports: the
// pad dispatches actions and reacts to what has changed.
//
// A state is replaced, never modified; parts that an action leaves alone stay the same objects.

/** @import { LayerName, PathStyle } from "./wire.d.ts" */

export const MAX_PINS = 26; // one per letter

/**
 * A point of a plane that was pinned.
 * @typedef {object} Pin
 * @property {number} plane its index
 * @property {number} x
 * @property {number} y
 * @property {number | null} point the index of the pinned image, if an image is pinned
 */

/**
 * Python's data on a pin.
 * @typedef {object} Exact
 * @property {Pin} pin
 * @property {number} frame of the film
 * @property {HTMLCanvasElement} decoded
 * @property {HTMLCanvasElement | null} original the pinned image
 * @property {number[] | null} code if it lies off the plane
 */

/**
 * @typedef {object} State
 * @property {readonly Pin[]} pins lettered A to Z across all planes
 * @property {number} selected index of the pin that Delete removes, or -1
 * @property {readonly Pin[] | null} lost the pins before the last removal, until others are set
 * @property {ReadonlySet<number>} hidden classes
 * @property {ReadonlySet<LayerName>} layers
 * @property {number} frame at which the films rest
 * @property {boolean} sameZ whether hovering shows the same z in all planes instead of the same image
 * @property {readonly Exact[]} exact
 * @property {PathStyle} path through the pins
 */

/** @typedef {{ hidden: Iterable<number>, layers: Iterable<LayerName> }} Look */
/** @typedef {{ codes: Float32Array }} Cloud of x, y pairs, one for each image */

/**
 * Actions of the visitor, and changes from outside.
 * @typedef {{ type: "add pin", pin: Pin }
 *   | { type: "move pin", index: number, pin: Pin }
 *   | { type: "remove pin", index: number, forget?: boolean }
 *   | { type: "clear pins" }
 *   | { type: "restore pins" }
 *   | { type: "select pin", index: number }
 *   | { type: "toggle class", index: number }
 *   | { type: "isolate class", index: number, count: number }
 *   | { type: "show all classes" }
 *   | { type: "toggle layer", name: LayerName }
 *   | { type: "toggle same z" }
 *   | { type: "rest", frame: number }
 *   | { type: "take over", state: Look & { pins: readonly Pin[], frame: number } }
 *   | { type: "agree", look: Look }
 *   | { type: "learn", exact: readonly Exact[], path: PathStyle | null }
 *   | { type: "follow codes", clouds: readonly Cloud[] }} Action
 */

/** @type {State} */
export const INITIAL = {
  pins: [],
  selected: -1,
  lost: null,
  hidden: new Set(),
  layers: new Set(/** @type {const} */ (["points", "prior"])),
  frame: 0,
  sameZ: false,
  exact: [],
  path: { kind: "linear", steps: 0 },
};

/** @param {State} state @param {Action} action @returns {State} */
export function reduce(state, action) {
  const { pins, hidden, layers } = state;
  switch (action.type) {
    case "add pin":
      return pins.length < MAX_PINS ? { ...state, pins: [...pins, action.pin], selected: pins.length, lost: null } : state;
    case "move pin":
      if (!pins[action.index]) return state; // removed from outside during a drag
      return { ...state, pins: pins.map((pin, k) => (k === action.index ? action.pin : pin)), selected: action.index, lost: null };
    case "remove pin":
      if (!pins[action.index]) return state;
      return { ...state, pins: pins.filter((_, k) => k !== action.index), selected: -1, lost: action.forget ? null : pins };
    case "clear pins":
      return { ...state, pins: [], selected: -1, lost: pins };
    case "restore pins":
      return state.lost ? { ...state, pins: state.lost, selected: -1, lost: null } : state;
    case "select pin":
      return { ...state, selected: action.index };
    case "toggle class":
      return { ...state, hidden: toggled(hidden, action.index) };
    case "isolate class":
      return { ...state, hidden: isolated(hidden, action.index, action.count) };
    case "show all classes":
      return { ...state, hidden: new Set() };
    case "toggle layer":
      return { ...state, layers: toggled(layers, action.name) };
    case "toggle same z":
      return { ...state, sameZ: !state.sameZ };
    case "rest":
      return { ...state, frame: action.frame };
    case "take over":
      return { ...state, ...look(action.state), pins: action.state.pins, frame: action.state.frame, selected: -1, lost: null };
    case "agree":
      return { ...state, ...look(action.look) };
    case "learn":
      return { ...state, exact: action.exact, path: action.path ?? state.path };
    case "follow codes":
      return { ...state, pins: following(pins, action.clouds) };
  }
}

/** @param {Look} look */
function look({ hidden, layers }) {
  return { hidden: new Set(hidden), layers: new Set(layers) };
}

/** @template T @param {ReadonlySet<T>} set @param {T} member */
function toggled(set, member) {
  const changed = new Set(set);
  if (!changed.delete(member)) changed.add(member);
  return changed;
}

// Hide all classes but one, or show all if only that one is shown already.
/** @param {ReadonlySet<number>} hidden @param {number} index @param {number} count */
function isolated(hidden, index, count) {
  const isAlone = !hidden.has(index) && hidden.size === count - 1;
  const others = Array.from({ length: count }, (_, k) => k).filter((k) => k !== index);
  return new Set(isAlone ? [] : others);
}

// The pins that are still valid on planes with these codes. A pinned image moves to its code;
// Python applies the same rule to the pins it receives.
/** @param {readonly Pin[]} pins @param {readonly Cloud[]} clouds */
function following(pins, clouds) {
  const followed = pins.flatMap((pin) => {
    const cloud = clouds[pin.plane];
    if (!cloud) return [];
    if (pin.point === null) return [pin];
    const [x, y] = [cloud.codes[2 * pin.point], cloud.codes[2 * pin.point + 1]];
    if (x === pin.x && y === pin.y) return [pin];
    return Number.isFinite(x) && Number.isFinite(y) ? [{ ...pin, x, y }] : [];
  });
  const same = followed.length === pins.length && followed.every((pin, k) => pin === pins[k]);
  return same ? pins : followed;
}

// Python's data on a pin at the frame where the films rest, if it has arrived.
/** @param {State} state @param {number} index */
export function exactly({ pins, frame, exact }, index) {
  const pin = pins[index];
  return pin && exact.find((one) => one.frame === frame && isSame(one.pin, pin));
}

/** @param {Pin} a @param {Pin} b */
function isSame(a, b) {
  if (a.plane !== b.plane || a.point !== b.point) return false;
  return a.point !== null || (a.x === b.x && a.y === b.y);
}
