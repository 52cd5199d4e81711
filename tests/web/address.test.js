// Links that name everything, and where the visitor is on the planes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { placesOn, readPlaces } from "../../explorer/components/latent_pad/web/places.js";
import { View } from "../../explorer/components/latent_pad/web/view.js";
import { fullAddress, switched } from "../../explorer/components/page_tools/web/links.js";

test("a link names what the page shows, and the address's own words come first", () => {
  const link = new URL(fullAddress("http://h/compare?beta=4&odd=1#x", { beta: "1", series: "mnist vae, 2-D", hide: "" }));
  assert.deepEqual([...link.searchParams], [["beta", "4"], ["odd", "1"], ["series", "mnist vae, 2-D"], ["hide", ""]]);
  assert.equal(link.pathname, "/compare");
});

test("a parameter is switched on and off, and others stay", () => {
  const on = switched("http://h/?model=a", "present", true);
  assert.equal(on, "http://h/?model=a&present=1");
  assert.equal(switched(on, "present", false), "http://h/?model=a");
});

const plane = (index, share = 0) => {
  const view = new View();
  view.resize(500, 400);
  view.setHome({ xmin: -3, xmax: 3, ymin: -3, ymax: 3 });
  return { index, view, strip: { share } };
};

test("planes as at first say nothing", () => {
  assert.deepEqual(placesOn([plane(0), plane(1)]), { zoom: "", walk: "" });
});

test("the square that is seen comes back, also on a window of another size", () => {
  const [still, moved] = [plane(0), plane(1, 0.25)];
  moved.view.zoomAt(100, 300, 7);
  const { zoom, walk } = placesOn([still, moved]);
  assert.equal(walk, "1,0.25");
  const [[index, x, y, half]] = readPlaces(zoom, 3);
  assert.equal(index, 1);
  const other = new View(); // not on the page yet, as when a link is opened
  other.setHome({ xmin: -3, xmax: 3, ymin: -3, ymax: 3 });
  other.fit({ xmin: x - half, xmax: x + half, ymin: y - half, ymax: y + half });
  other.resize(900, 800);
  const home = plane(1).view;
  home.resize(900, 800);
  assert.equal(other.homeScale, home.scale, "codes are as large as after zooming by hand");
  for (const [k, value] of moved.view.square().entries()) assert.ok(Math.abs(other.square()[k] - value) < 1e-4 * half);
});

test("what cannot be read is left out", () => {
  assert.deepEqual(readPlaces("0,1,2;1,a,2,3;0,1,2,3;;2,Infinity,1,1;0,1,2,3,4", 3), [[0, 1, 2, 3]]);
  assert.deepEqual(readPlaces(null, 3), []);
  assert.ok(readPlaces("0,0.5;".repeat(1000), 1).length < 100);
});
