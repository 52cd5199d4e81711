// The latent pad: planes side by side that share pins, hidden classes, layers and a clock.
//
//   const pad = new LatentPad(root, { onState, onView, onHover });
//   pad.setClasses(["zero", "one"], ["#4477aa", "#ee6677"]);
//   const points = new PointSet(codes, labels);
//   pad.setFilms([{ frames: [{ id, title, axes: ["z₁", "z₂"], prior: true, points }] }]);
//
// onState(state) hears what the visitor did: {pins: [{plane, x, y, point}], hidden, layers, frame,
// views: the parts of the planes that an atlas should show more finely, or null for the whole}.
// onView({hidden, layers}) hears at once of what only the picture needs.
// onHover(plane, x, y, nearest) hears where one looks, on every frame; nearest is -1 in a void.
// The style sheet style.css must be present in the same document or shadow root.

import { Legend, Toolbar } from "./controls.js";
import { element } from "../../web/dom.js";
import { filmOf, followFlows } from "./flow.js";
import { Hover } from "./hover.js";
import { PointerControl } from "./interaction.js";
import { KeyboardControl } from "./keyboard.js";
import { Pinboard } from "./pinboard.js";
import { fitPins } from "./pins.js";
import { Plane } from "./plane.js";
import { Player } from "./player.js";
import { parseColour, readTheme } from "./theme.js";

const REST_AFTER = 140; // ms without a change of view until it counts as resting
const ASK_AFTER = 400; // ms of rest until a finer atlas is asked for
const ANNOUNCE_AFTER = 300; // ms of rest before a screen reader hears about the cursor

export class LatentPad {
  constructor(root, { onState = () => {}, onView = () => {}, onHover = () => {} } = {}) {
    Object.assign(this, { onState, onView, onHover });
    this.planes = [];
    this.classes = [];
    this.colours = [];
    this.state = { pins: [], hidden: new Set(), layers: new Set(["points", "prior"]), frame: 0 };
    this.exact = []; // what is decoded for the pins: {pin, frame, decoded, original, code}, two canvases
    this.path = { kind: "linear", steps: 0 };
    this.selected = -1; // the pin that Delete removes
    this.moving = false; // whether some view is being panned or zoomed
    this.pins = new Pinboard(this);
    this.hover = new Hover(this);
    this.toolbar = new Toolbar(this);
    this.legend = new Legend(this);
    this.player = new Player(this);
    this.stage = element("div", { class: "planes" });
    this.live = element("div", { class: "unseen", "aria-live": "polite" });
    this.element = element("div", { class: "themed pad" }, [
      this.toolbar.element, this.player.element, this.stage, this.legend.element, this.live,
    ]);
    root.append(this.element);
    this.observer = new ResizeObserver(() => this.fitToSize());
    this.refreshTheme();
  }

  destroy() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    for (const timer of [this.rest, this.asking, this.announcement]) clearTimeout(timer);
    this.player.stop();
    for (const plane of this.planes) plane.strip.stop();
    this.element.remove();
  }

  // ---- what it shows

  setClasses(names, palette) {
    this.classes = names;
    this.colours = palette.map(parseColour);
    this.legend.build(names, palette);
    this.changed();
  }

  // descriptions: what a Film is made of (see film.js), one for each plane.
  setFilms(descriptions) {
    const films = descriptions.map((description, k) => filmOf(description, this.planes[k]?.film));
    while (this.planes.length > films.length) this.removePlane(this.planes.pop());
    while (this.planes.length < films.length) this.planes.push(this.newPlane(this.planes.length));
    this.player.show(films);
    films.forEach((film, k) => this.planes[k].show(film, this.player.time));
    this.stage.classList.toggle("alone", films.length === 1);
    this.state.pins = fitPins(this.state.pins, this.planes);
    this.changed();
  }

  newPlane(index) {
    const plane = new Plane(index, this);
    plane.controls = [new PointerControl(plane, this), new KeyboardControl(plane, this)];
    this.stage.append(plane.element);
    this.observer.observe(plane.canvas);
    return plane;
  }

  removePlane(plane) {
    this.observer.unobserve(plane.canvas);
    plane.strip.stop();
    plane.element.remove();
  }

  // Take over a state as it comes from outside, without reporting it back.
  setState({ pins, hidden, layers, frame = 0 }) {
    this.player.jump(frame);
    for (const plane of this.planes) plane.setTime(this.player.time);
    this.state = { pins: fitPins(pins, this.planes), hidden: new Set(hidden), layers: new Set(layers), frame };
    this.selected = -1;
    this.changed();
  }

  // What is decoded exactly for pins; and how the path through them runs.
  setPictures(exact, path) {
    this.exact = exact;
    if (path) this.path = path;
    for (const plane of this.planes) plane.inspector.build(); // at once: somebody waits for it
    this.pinsChanged();
  }

  exactly(index) {
    const { pins, frame } = this.state;
    const pin = pins[index];
    return this.exact.find((one) => one.frame === frame && isSame(one.pin, pin));
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

  setView(change) {
    Object.assign(this.state, change);
    this.changed();
    this.onView({ hidden: [...this.state.hidden], layers: [...this.state.layers] });
  }

  toggleClass(k) {
    this.setView({ hidden: toggled(this.state.hidden, k) });
  }

  // Show one class alone, or everything again if it already is.
  isolateClass(k) {
    const others = [...this.classes.keys()].filter((other) => other !== k);
    const { hidden } = this.state;
    const isAlone = !hidden.has(k) && hidden.size === others.length;
    this.setView({ hidden: new Set(isAlone ? [] : others) });
  }

  showAllClasses() {
    this.setView({ hidden: new Set() });
  }

  toggleLayer(name) {
    this.setView({ layers: toggled(this.state.layers, name) });
  }

  zoom(plane, factor, { px, py } = { px: plane.view.width / 2, py: plane.view.height / 2 }) {
    plane.view.zoomAt(px, py, factor);
    this.repaint(plane);
  }

  goHome(plane) {
    plane.view.goHome();
    this.repaint(plane);
  }

  // The player's clock: frames gone by, and whether it rests there.
  showTime(time, rests) {
    for (const plane of this.planes) {
      plane.setTime(time);
      this.repaint(plane);
    }
    this.state.pins = fitPins(this.state.pins, this.planes);
    this.hover.leave();
    this.pinsChanged();
    if (!rests) return;
    for (const plane of this.planes) plane.source.load?.();
    if (time === this.state.frame) return;
    this.state.frame = time;
    this.report();
  }

  // ---- how it tells

  report() {
    const { pins, hidden, layers, frame } = this.state;
    const views = this.planes.map(({ wantedView = null }) => wantedView);
    this.onState({ pins: pins.map((pin) => ({ ...pin })), hidden: [...hidden], layers: [...layers], frame, views });
  }

  // Where an atlas is too coarse for the zoom, or does not reach, another is asked for.
  askForViews() {
    const asked = this.planes.filter((plane) => plane.pictures?.wants?.(plane.view, plane.wantedView));
    for (const plane of asked) plane.wantedView = plane.pictures.wanted(plane.view);
    if (asked.length) this.report();
  }

  announce(text) {
    clearTimeout(this.announcement);
    this.live.textContent = text;
  }

  announcePlace(plane) {
    const words = `${plane.coordinates(plane.lens)}, ${plane.nearestInWords(this.classes)}`;
    clearTimeout(this.announcement);
    this.announcement = setTimeout(() => (this.live.textContent = words), ANNOUNCE_AFTER);
  }

  // ---- how it is drawn

  changed() {
    this.toolbar.update();
    this.legend.update();
    this.pinsChanged();
    this.settle();
  }

  pinsChanged() {
    this.pinsAreStale = true;
    this.refresh();
  }

  // For changes of view, which come in bursts.
  repaint(plane) {
    plane.groundIsStale = true;
    this.moving = true;
    clearTimeout(this.rest);
    clearTimeout(this.asking);
    this.rest = setTimeout(() => this.settle(), REST_AFTER);
    this.asking = setTimeout(() => this.askForViews(), ASK_AFTER);
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
    if (followFlows(this)) this.refresh();
    const scene = {
      ...this.state,
      theme: this.theme,
      colours: this.colours,
      grey: this.grey,
      selected: this.selected,
      ratio: this.ratio,
      moving: this.moving,
      playing: this.player.playing,
      again: () => this.refresh(),
    };
    for (const plane of this.planes) {
      if (this.pinsAreStale) plane.strip.build();
      if (this.pinsAreStale) plane.inspector.build();
      else plane.inspector.update();
      plane.tell(this.classes);
      if (plane.view.width > 1) plane.draw(scene);
    }
    this.pinsAreStale = false;
    if (this.planes.length) this.element.dataset.ready = "true";
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

function toggled(set, member) {
  const changed = new Set(set);
  if (!changed.delete(member)) changed.add(member);
  return changed;
}

function isSame(a, b) {
  if (!b || a.plane !== b.plane || a.point !== b.point) return false;
  return a.point !== null || (a.x === b.x && a.y === b.y);
}
