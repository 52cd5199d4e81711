// The latent pad: planes side by side that share pins, hidden classes and layers.
//
//   const pad = new LatentPad(root, { onState, onHover });
//   pad.setClasses(["zero", "one"], ["#4477aa", "#ee6677"]);
//   const points = new PointSet(codes, labels);
//   pad.setPlanes([{ id, title, axes: ["z₁", "z₂"], prior: true, points, grid: null }]);
//
// onState(state) hears what the visitor did: {pins: [{plane, x, y, point}], hidden, layers}.
// onHover(plane, x, y, nearest) hears where the mouse is, on every frame; nearest is -1 in a void.
// The style sheet style.css must be present in the same document or shadow root.

import { Legend, Toolbar } from "./controls.js";
import { element } from "./dom.js";
import { PointerControl } from "./interaction.js";
import { KeyboardControl } from "./keyboard.js";
import { MAX_PINS, fitPins, pinLetter } from "./pins.js";
import { Plane } from "./plane.js";
import { parseColour, readTheme } from "./theme.js";
import { roundToScreen } from "./view.js";

const REST_AFTER = 140; // ms without a change of view until it counts as resting
const ANNOUNCE_AFTER = 300; // ms of rest before a screen reader hears about the cursor

export class LatentPad {
  constructor(root, { onState = () => {}, onHover = () => {} } = {}) {
    this.onState = onState;
    this.onHover = onHover;
    this.planes = [];
    this.classes = [];
    this.colours = [];
    this.state = { pins: [], hidden: new Set(), layers: new Set(["points", "prior"]) };
    this.selected = -1; // the pin that Delete removes
    this.moving = false; // whether some view is being panned or zoomed
    this.toolbar = new Toolbar(this);
    this.legend = new Legend(this);
    this.stage = element("div", { class: "planes" });
    this.live = element("div", { class: "live", "aria-live": "polite" });
    this.element = element("div", { class: "pad" }, [
      this.toolbar.element, this.stage, this.legend.element, this.live,
    ]);
    root.append(this.element);
    this.observer = new ResizeObserver(() => this.fitToSize());
    this.refreshTheme();
  }

  destroy() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    clearTimeout(this.announcement);
    this.element.remove();
  }

  // ---- what it shows

  setClasses(names, palette) {
    this.classes = names;
    this.colours = palette.map(parseColour);
    this.legend.build(names, palette);
    this.changed();
  }

  setPlanes(sources) {
    while (this.planes.length > sources.length) this.removePlane(this.planes.pop());
    while (this.planes.length < sources.length) this.planes.push(this.newPlane(this.planes.length));
    sources.forEach((source, k) => this.planes[k].show(source));
    this.state.pins = fitPins(this.state.pins, this.planes);
    this.changed();
  }

  newPlane(index) {
    const plane = new Plane(index);
    plane.controls = [new PointerControl(plane, this), new KeyboardControl(plane, this)];
    this.stage.append(plane.element);
    this.observer.observe(plane.canvas);
    return plane;
  }

  removePlane(plane) {
    this.observer.unobserve(plane.canvas);
    plane.element.remove();
  }

  // Take over a state as it comes from outside, without reporting it back.
  setState({ pins, hidden, layers }) {
    this.state = { pins: fitPins(pins, this.planes), hidden: new Set(hidden), layers: new Set(layers) };
    this.selected = -1;
    this.changed();
  }

  setHeight(pixels) {
    this.element.style.setProperty("--pad-height", `${pixels}px`);
  }

  refreshTheme() {
    this.theme = readTheme(this.element);
    this.grey = parseColour(this.theme.ink);
    this.changed();
  }

  // ---- what a visitor does

  addPin(plane, { x, y }) {
    const round = (value) => roundToScreen(value, plane.view);
    this.insertPin({ plane: plane.index, x: round(x), y: round(y), point: null });
  }

  addPointPin(plane, point) {
    if (point < 0) return this.announce("No code here to pin.");
    const { codes } = plane.points;
    this.insertPin({ plane: plane.index, x: codes[2 * point], y: codes[2 * point + 1], point });
  }

  insertPin(pin) {
    const { pins } = this.state;
    if (pins.length >= MAX_PINS) return this.announce(`${MAX_PINS} pins are the most. Remove one first.`);
    pins.push(pin);
    this.selected = pins.length - 1;
    const plane = this.planes[pin.plane];
    this.announce(`Pin ${pinLetter(this.selected)} set at ${plane.coordinates(pin)}.`);
    this.changed();
    this.report();
  }

  // While a pin is dragged nothing is reported: the caller reports once, at the end.
  movePin(index, plane, { px, py }) {
    if (!this.state.pins[index]) return; // taken away from outside in the middle of a drag
    const { x, y } = plane.view.world(px, py);
    const round = (value) => roundToScreen(value, plane.view);
    this.state.pins[index] = { plane: plane.index, x: round(x), y: round(y), point: null };
    this.selected = index;
    this.refresh();
  }

  removePin(index) {
    if (!this.state.pins[index]) return;
    this.state.pins.splice(index, 1);
    this.selected = -1;
    this.announce(`Pin ${pinLetter(index)} removed.`);
    this.changed();
    this.report();
  }

  clearPins() {
    this.state.pins = [];
    this.selected = -1;
    this.changed();
    this.report();
  }

  select(index) {
    this.selected = index;
    this.refresh();
  }

  toggleClass(k) {
    const { hidden } = this.state;
    if (!hidden.delete(k)) hidden.add(k);
    this.changed();
    this.report();
  }

  // Show one class alone, or everything again if it already is.
  isolateClass(k) {
    const { hidden } = this.state;
    if (!hidden.has(k) && hidden.size === this.classes.length - 1) return this.showAllClasses();
    this.state.hidden = new Set(this.classes.keys());
    this.toggleClass(k);
  }

  showAllClasses() {
    this.state.hidden.clear();
    this.changed();
    this.report();
  }

  toggleLayer(name) {
    const { layers } = this.state;
    if (!layers.delete(name)) layers.add(name);
    this.changed();
    this.report();
  }

  zoom(plane, factor, { px, py } = { px: plane.view.width / 2, py: plane.view.height / 2 }) {
    plane.view.zoomAt(px, py, factor);
    this.repaint(plane);
  }

  goHome(plane) {
    plane.view.goHome();
    this.repaint(plane);
  }

  // at: {px, py} on the plane's screen, or null when the pointer has left.
  hover(plane, at) {
    plane.highlight = at ? plane.codeNear(at.px, at.py, this.state.hidden) : -1;
    const place = at && plane.view.world(at.px, at.py);
    const name = plane.highlight >= 0 ? this.classes[plane.points.labels[plane.highlight]] : "";
    plane.lens = place;
    this.showElsewhere(plane);
    plane.readout.textContent = place ? `${plane.coordinates(place)}  ${name}` : "";
    this.refresh();
    if (place) this.onHover(plane.index, place.x, place.y, plane.highlight);
  }

  // Planes of the same images show where the others put the one under the cursor, decoded there.
  showElsewhere({ index, highlight, points }) {
    for (const other of this.planes) {
      if (other.index === index) continue;
      const linked = highlight >= 0 && other.points.count === points.count;
      other.highlight = linked ? highlight : -1;
      const [x, y] = [other.points.codes[2 * highlight], other.points.codes[2 * highlight + 1]];
      other.lens = linked && Number.isFinite(x + y) ? { x, y } : null;
    }
  }

  // ---- how it tells

  report() {
    const { pins, hidden, layers } = this.state;
    this.onState({ pins: pins.map((pin) => ({ ...pin })), hidden: [...hidden], layers: [...layers] });
  }

  announce(text) {
    clearTimeout(this.announcement);
    this.live.textContent = text;
  }

  announcePlace(plane, place) {
    const name = plane.highlight >= 0 ? this.classes[plane.points.labels[plane.highlight]] : null;
    const nearby = name === null ? "no code nearby" : `nearest code: ${name}`;
    const words = `${plane.coordinates(place)}, ${nearby}`;
    clearTimeout(this.announcement);
    this.announcement = setTimeout(() => (this.live.textContent = words), ANNOUNCE_AFTER);
  }

  // ---- how it is drawn

  changed() {
    this.toolbar.update();
    this.legend.update();
    this.settle();
  }

  // For changes of view, which come in bursts.
  repaint(plane) {
    plane.groundIsStale = true;
    this.moving = true;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.settle(), REST_AFTER);
    this.refresh();
  }

  settle() {
    this.moving = false;
    for (const plane of this.planes) plane.groundIsStale = true;
    this.refresh();
  }

  refresh() {
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = null;
    const scene = {
      ...this.state,
      theme: this.theme,
      colours: this.colours,
      grey: this.grey,
      selected: this.selected,
      ratio: this.ratio,
      moving: this.moving,
    };
    for (const plane of this.planes) if (plane.view.width > 1) plane.draw(scene);
  }

  fitToSize() {
    this.ratio = window.devicePixelRatio;
    for (const plane of this.planes) {
      const { clientWidth, clientHeight } = plane.canvas;
      if (clientWidth) plane.resize(clientWidth, clientHeight, this.ratio);
    }
    // Drawn at once: a resized canvas is blank, and waiting for the next frame would flicker.
    this.draw();
  }
}
