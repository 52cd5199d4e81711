// What a component shows in the element that Streamlit provides.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { mounted } from "../../explorer/components/web/mounts.js";

function place() {
  const calls = [];
  const parentElement = { isConnected: true };
  const make = () => {
    calls.push("make");
    return { update: ({ data }) => calls.push(`update ${data}`), destroy: () => calls.push("destroy") };
  };
  return { calls, parentElement, run: (data) => mounted({ data, parentElement, setStateValue() {} }, make) };
}

test("the content of an element is created once and updated by every run", () => {
  const { calls, run } = place();
  run(1);
  run(2);
  assert.deepEqual(calls, ["make", "update 1", "update 2"]);
});

test("the cleanup of a run that was replaced destroys nothing", () => {
  const later = mock.method(globalThis, "setTimeout", () => {}).mock;
  const timesOut = () => later.calls.at(-1).arguments[0]();
  const { calls, run } = place();
  const first = run(1);
  first(); // before the run that replaces it
  const second = run(2);
  timesOut();
  assert.ok(!calls.includes("destroy"));
  second();
  assert.ok(!calls.includes("destroy"), "another run may still arrive");
  timesOut();
  assert.equal(calls.at(-1), "destroy");
  run(3);
  assert.deepEqual(calls.slice(-2), ["make", "update 3"]);
  mock.restoreAll();
});

test("the content of an element that was removed from the page is destroyed at once", () => {
  const { calls, parentElement, run } = place();
  const cleanUp = run(1);
  parentElement.isConnected = false;
  cleanUp();
  assert.equal(calls.at(-1), "destroy");
});
