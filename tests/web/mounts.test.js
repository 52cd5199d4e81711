// What stands in a place that Streamlit gives a component.

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

test("what stands in a place is made once and hears of every run", () => {
  const { calls, run } = place();
  run(1);
  run(2);
  assert.deepEqual(calls, ["make", "update 1", "update 2"]);
});

test("a clean-up after a run that was overtaken takes nothing with it", () => {
  const later = mock.method(globalThis, "setTimeout", () => {}).mock;
  const timesOut = () => later.calls.at(-1).arguments[0]();
  const { calls, run } = place();
  const first = run(1);
  first(); // before the run that overtakes it is heard of
  const second = run(2);
  timesOut();
  assert.ok(!calls.includes("destroy"));
  second();
  assert.ok(!calls.includes("destroy"), "another run may yet be heard of");
  timesOut();
  assert.equal(calls.at(-1), "destroy");
  run(3);
  assert.deepEqual(calls.slice(-2), ["make", "update 3"]);
  mock.restoreAll();
});

test("a place that is taken out of the page is cleared at once", () => {
  const { calls, parentElement, run } = place();
  const cleanUp = run(1);
  parentElement.isConnected = false;
  cleanUp();
  assert.equal(calls.at(-1), "destroy");
});
