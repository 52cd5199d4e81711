// The pad's state, and the effect of each action.

import assert from "node:assert/strict";
import { test } from "node:test";
import { INITIAL, MAX_PINS, exactly, reduce } from "../../explorer/components/latent_pad/web/state.js";

const pin = (x, more = {}) => ({ plane: 0, x, y: 0, point: null, ...more });
const [A, B, C] = [pin(1), pin(2), pin(3)];
const THREE = Object.freeze({ ...INITIAL, pins: Object.freeze([A, B, C]), selected: 1 });

// The state after a sequence of actions, which must not modify their inputs.
const after = (state, ...actions) => actions.reduce((before, action) => reduce(Object.freeze(before), action), state);

// The parts of a state that an action replaces.
function replaced(state, action) {
  const next = after(state, action);
  return Object.keys(state).filter((part) => state[part] !== next[part]);
}

test("a new pin comes last and is selected", () => {
  const { pins, selected } = after(THREE, { type: "add pin", pin: pin(4) });
  assert.deepEqual(pins, [A, B, C, pin(4)]);
  assert.equal(selected, 3);
  assert.equal(THREE.pins.length, 3);
});

test("there is at most one pin per letter", () => {
  const all = after(INITIAL, ...Array.from({ length: MAX_PINS }, (_, k) => ({ type: "add pin", pin: pin(k) })));
  assert.equal(all.pins.length, 26);
  assert.equal(after(all, { type: "add pin", pin: A }), all);
});

test("a moved pin keeps its letter and is selected", () => {
  const { pins, selected } = after(THREE, { type: "move pin", index: 2, pin: pin(9) });
  assert.deepEqual(pins, [A, B, pin(9)]);
  assert.equal(selected, 2);
});

test("removing a pin clears the selection", () => {
  const { pins, selected } = after(THREE, { type: "remove pin", index: 1 });
  assert.deepEqual(pins, [A, C]);
  assert.equal(selected, -1);
  assert.deepEqual(after(THREE, { type: "clear pins" }), { ...INITIAL, pins: [], selected: -1, lost: THREE.pins });
});

test("the last removal is undone, until other pins are set", () => {
  const restore = { type: "restore pins" };
  assert.equal(after(THREE, restore), THREE, "nothing was removed");
  for (const removal of [{ type: "remove pin", index: 1 }, { type: "clear pins" }]) {
    const back = after(THREE, removal, restore);
    assert.deepEqual([back.pins, back.lost, back.selected], [THREE.pins, null, -1]);
    for (const other of [
      { type: "add pin", pin: A },
      { type: "take over", state: { pins: [A, A], hidden: [], layers: [], frame: 0 } },
    ]) {
      const changed = after(THREE, removal, other);
      assert.equal(changed.lost, null, other.type);
      assert.equal(after(changed, restore), changed);
    }
  }
  assert.equal(after(THREE, { type: "remove pin", index: 0 }, { type: "move pin", index: 0, pin: C }).lost, null);
  assert.equal(after(THREE, { type: "remove pin", index: 2, forget: true }).lost, null, "set by the first of two clicks");
});

test("actions on pins that do not exist are ignored", () => {
  for (const index of [3, -1]) {
    assert.equal(after(THREE, { type: "move pin", index, pin: A }), THREE);
    assert.equal(after(THREE, { type: "remove pin", index }), THREE);
  }
});

test("one pin or none is selected", () => {
  assert.equal(after(THREE, { type: "select pin", index: 2 }).selected, 2);
  assert.equal(after(THREE, { type: "select pin", index: -1 }).selected, -1);
});

test("classes are hidden and shown again", () => {
  const hidden = after(INITIAL, { type: "toggle class", index: 1 }, { type: "toggle class", index: 3 });
  assert.deepEqual([...hidden.hidden], [1, 3]);
  assert.deepEqual([...after(hidden, { type: "toggle class", index: 1 }).hidden], [3]);
  assert.deepEqual([...hidden.hidden], [1, 3], "the previous state is unchanged");
  assert.equal(after(hidden, { type: "show all classes" }).hidden.size, 0);
});

test("one class is shown alone, or all if it already was", () => {
  const isolate = (index) => ({ type: "isolate class", index, count: 4 });
  const hiddenAfter = (...actions) => [...after(INITIAL, ...actions).hidden];
  assert.deepEqual(hiddenAfter(isolate(2)), [0, 1, 3]);
  assert.deepEqual(hiddenAfter(isolate(2), isolate(2)), []);
  assert.deepEqual(hiddenAfter(isolate(2), isolate(0)), [1, 2, 3]);
  assert.deepEqual(hiddenAfter({ type: "toggle class", index: 2 }, isolate(2)), [0, 1, 3], "even if it was hidden");
});

test("layers are switched on and off", () => {
  const grid = after(INITIAL, { type: "toggle layer", name: "grid" }, { type: "toggle layer", name: "prior" });
  assert.deepEqual([...grid.layers], ["points", "grid"]);
});

test("planes are locked to the same z and unlocked, and films rest at a frame", () => {
  const locked = after(INITIAL, { type: "toggle same z" });
  assert.equal(locked.sameZ, true);
  assert.equal(after(locked, { type: "toggle same z" }).sameZ, false);
  assert.equal(after(INITIAL, { type: "rest", frame: 4 }).frame, 4);
});

test("a state from outside is adopted as a whole, and nothing is selected", () => {
  const state = { pins: [B], hidden: [2], layers: ["grid"], frame: 3 };
  const taken = after({ ...THREE, sameZ: true }, { type: "take over", state });
  assert.deepEqual(taken, { ...INITIAL, ...state, hidden: new Set([2]), layers: new Set(["grid"]), selected: -1, sameZ: true });
});

test("pads that agree share classes and layers, and keep their own pins", () => {
  const look = { hidden: new Set([1]), layers: new Set(["field"]) };
  const next = after(THREE, { type: "agree", look });
  assert.deepEqual([next.hidden, next.layers, next.pins, next.selected], [look.hidden, look.layers, THREE.pins, 1]);
  assert.notEqual(next.hidden, look.hidden, "each has its own set");
});

test("pinned images move to their codes, other pins stay", () => {
  const pinned = { ...INITIAL, pins: [A, pin(9, { point: 1 }), pin(7, { point: 2 }), pin(5, { plane: 1 })], selected: 1 };
  const clouds = [{ codes: Float32Array.of(0, 0, 5, 6, NaN, 1) }];
  const { pins, selected } = after(pinned, { type: "follow codes", clouds });
  assert.deepEqual(pins, [A, pin(5, { y: 6, point: 1 })], "without the image whose code is not finite and the pin of the missing plane");
  assert.equal(selected, 1);
});

test("an action replaces only what it changes", () => {
  const clouds = [{ codes: Float32Array.of(9, 0) }];
  const pinned = { ...THREE, pins: [A, pin(9, { point: 0 })] };
  const cases = [
    [THREE, { type: "add pin", pin: A }, ["pins", "selected"]],
    [THREE, { type: "move pin", index: 1, pin: A }, ["pins"]],
    [THREE, { type: "select pin", index: 0 }, ["selected"]],
    [THREE, { type: "toggle class", index: 0 }, ["hidden"]],
    [THREE, { type: "toggle layer", name: "grid" }, ["layers"]],
    [THREE, { type: "toggle same z" }, ["sameZ"]],
    [THREE, { type: "rest", frame: 1 }, ["frame"]],
    [THREE, { type: "agree", look: { hidden: [], layers: [] } }, ["hidden", "layers"]],
    [THREE, { type: "learn", exact: [], path: null }, ["exact"]],
    [THREE, { type: "learn", exact: [], path: { kind: "spherical", steps: 5 } }, ["exact", "path"]],
    [pinned, { type: "follow codes", clouds }, []],
  ];
  for (const [state, action, parts] of cases) assert.deepEqual(replaced(state, action).sort(), parts.sort(), action.type);
});

test("Python's data on a pin is found by its position or its image, and by the frame", () => {
  const image = pin(4, { point: 8 });
  const exact = [
    { pin: A, frame: 0, code: "A at 0" },
    { pin: A, frame: 1, code: "A at 1" },
    { pin: { ...image, x: 99 }, frame: 0, code: "image" },
  ];
  const state = { ...INITIAL, pins: [A, B, image], exact };
  assert.equal(exactly(state, 0).code, "A at 0");
  assert.equal(exactly({ ...state, frame: 1 }, 0).code, "A at 1");
  assert.equal(exactly(state, 1), undefined);
  assert.equal(exactly(state, 2).code, "image", "wherever its code was then");
  assert.equal(exactly(state, -1), undefined);
  assert.equal(exactly({ ...state, pins: [{ ...A, plane: 1 }] }, 0), undefined);
});
