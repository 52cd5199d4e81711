// The latent pad: planes side by side that share pins, hidden classes, layers and a clock.
//
//   const pad = new LatentPad(root, { onState, onLook, onHover });
//   pad.setClasses(["zero", "one"], ["#4477aa", "#ee6677"]);
//   const points = new PointSet(codes, labels);
//   pad.setFilms([{ frames: [{ id, title, axes: ["z₁", "z₂"], prior: true, points }] }]);
//
// onState(said) is called when the visitor has changed something that Python must know;
// onLook({hidden, layers}) when classes or layers, which only the picture needs, have changed;
// onPlaces() when a view or a walk along a path has come to rest; and onHover(plane, x, y, nearest)
// whenever the visitor points at a position; nearest is -1 if there is no code. The style sheet style.css must be present in the same document or shadow root.

import { element } from "../../web/dom.js";
import { Announcer } from "./announcer.js";
import { fromHex } from "./colours.js";
import { Legend, Toolbar } from "./controls.js";
import { filmOf } from "./flow.js";
import { Hover } from "./hover.js";
import { PointerControl } from "./interaction.js";
import { KeyboardControl } from "./keyboard.js";
import { Painting } from "./painting.js";
import { Pinboard } from "./pinboard.js";
import { Plane } from "./plane.js";
import { Player } from "./player.js";
import { INITIAL, exactly, reduce } from "./state.js";

/** @import { Description, Film } from "./film.js" */
/** @import { Flow } from "./flow.js" */
/** @import { Action, Exact, Look, Pin, State } from "./state.js" */
/** @import { Box, LayerName, PathStyle } from "./wire.d.ts" */

/**
 * What Python must know; `views` are the parts of the planes for which an atlas is requested, null
 * for the whole plane.
 * @typedef {object} Said
 * @property {readonly Pin[]} pins
 * @property {number[]} hidden
 * @property {LayerName[]} layers
 * @property {number} frame
 * @property {(Box | null)[]} views
 */

/**
 * @typedef {object} Listeners
 * @property {(said: Said) => void} [onState]
 * @property {(look: Look) => void} [onLook]
 * @property {(plane: number, x: number, y: number, nearest: number) => void} [onHover]
 * @property {() => void} [onPlaces]
 */

export class LatentPad {
  /** @type {Plane[]} */
  planes = [];
  /** @type {readonly string[]} */
  classes = [];
  state = INITIAL;
  sameZoom = false; // whether all planes show the same part

  /** @param {HTMLElement | ShadowRoot} root @param {Listeners} listeners */
  constructor(root, { onState = () => {}, onLook = () => {}, onHover = () => {}, onPlaces = () => {} } = {}) {
    this.onState = onState;
    this.onLook = onLook;
    this.onHover = onHover;
    this.onPlaces = onPlaces;
    this.pins = new Pinboard(this);
    this.hover = new Hover(this);
    this.toolbar = new Toolbar(this);
    this.legend = new Legend(this);
    this.player = new Player(this);
    this.announcer = new Announcer();
    this.stage = element("div", { class: "planes" });
    this.element = element("div", { class: "themed pad" }, [
      this.toolbar.element, this.player.element, this.stage, this.legend.element, this.announcer.element,
    ]);
    root.append(this.element);
    this.painting = new Painting(this);
    this.observer = new ResizeObserver(() => this.painting.fitToSize());
  }

  destroy() {
    this.observer.disconnect();
    this.painting.stop();
    this.announcer.stop();
    this.player.stop();
    for (const plane of this.planes) plane.strip.stop();
    this.element.remove();
  }

  // ---- what it shows

  /** @param {readonly string[]} names @param {readonly string[]} palette #rrggbb */
  setClasses(names, palette) {
    this.classes = names;
    this.painting.colours = palette.map(fromHex);
    this.legend.build(names, palette);
    this.changed();
  }

  /** @param {readonly Description[]} descriptions of films, one for each plane */
  setFilms(descriptions) {
    const films = descriptions.map((description, k) => filmOf(description, this.planes[k]?.film));
    for (const plane of this.planes.splice(films.length)) this.remove(plane);
    this.player.show(films);
    films.forEach((film, k) => {
      if (this.planes[k]) this.planes[k].show(film, this.player.time);
      else this.planes.push(this.newPlane(k, film));
    });
    this.arrange();
    this.followCodes();
    this.changed();
  }

  // Beside a plane that is alone there is room for the legend.
  arrange() {
    const alone = this.planes.length === 1;
    this.element.classList.toggle("alone", alone);
    this.stage.classList.toggle("together", !alone);
    this.element.style.setProperty("--planes", String(this.planes.length));
    (alone ? this.planes[0].side : this.element).append(this.legend.element);
  }

  /** @param {number} index @param {Film | Flow} film */
  newPlane(index, film) {
    const plane = new Plane(index, this, film, this.player.time);
    new PointerControl(plane, this);
    new KeyboardControl(plane, this);
    this.stage.append(plane.element);
    this.observer.observe(plane.canvas);
    return plane;
  }

  /** @param {Plane} plane */
  remove(plane) {
    this.observer.unobserve(plane.canvas);
    plane.strip.stop();
    plane.element.remove();
  }

  // Adopt a state from outside without reporting it back.
  /** @param {Look & { pins: readonly Pin[], frame: number }} state */
  setState(state) {
    this.player.jump(state.frame);
    for (const plane of this.planes) plane.setTime(this.player.time);
    this.dispatch({ type: "take over", state });
    this.followCodes();
    this.changed();
  }

  // Set the exact images of pins and the style of the path through them.
  /** @param {readonly Exact[]} exact @param {PathStyle | null} path */
  setPictures(exact, path) {
    this.dispatch({ type: "learn", exact, path });
    for (const plane of this.planes) plane.inspector.build(); // at once: the visitor is waiting for it
  }

  /** @param {number | null} pixels of a plane; null: as many as the window allows */
  setHeight(pixels) {
    if (pixels) this.element.style.setProperty("--pad-height", `${pixels}px`);
    else this.element.style.removeProperty("--pad-height");
  }

  // ---- its state

  // Apply an action, and redraw what it has changed.
  /** @param {Action} action */
  dispatch(action) {
    const before = this.state;
    this.state = reduce(before, action);
    const changed = (/** @type {(keyof State)[]} */ ...parts) => parts.some((part) => this.state[part] !== before[part]);
    if (changed("pins", "lost", "layers", "sameZ")) this.toolbar.update();
    if (changed("hidden")) this.legend.update();
    if (changed("hidden", "layers")) this.painting.settle();
    if (changed("pins", "selected", "frame", "exact", "path")) this.painting.renewPins();
  }

  // Apply an action that affects only the picture.
  /** @param {Action} action */
  look(action) {
    this.dispatch(action);
    this.onLook({ hidden: [...this.state.hidden], layers: [...this.state.layers] });
  }

  // Python's data on a pin, if it has arrived.
  /** @param {number} index */
  exactly(index) {
    return exactly(this.state, index);
  }

  followCodes() {
    this.dispatch({ type: "follow codes", clouds: this.planes.map(({ points }) => points) });
  }

  // To be called after a change outside the state, namely of what the planes show.
  changed() {
    this.toolbar.update();
    this.legend.update();
    this.painting.renewPins();
    this.painting.settle();
  }

  // Show a time of the player, in frames; `rests` tells whether it stops there.
  /** @param {number} time @param {boolean} rests */
  showTime(time, rests) {
    for (const plane of this.planes) {
      plane.setTime(time);
      this.painting.move(plane);
    }
    this.followCodes();
    this.hover.leave();
    this.painting.renewPins();
    if (!rests) return;
    for (const plane of this.planes) plane.frame.load();
    if (time === this.state.frame) return;
    this.dispatch({ type: "rest", frame: time });
    this.report();
  }

  // Show the same part of every plane from now on, at first that of the plane that shows most.
  /** @param {boolean} on */
  zoomTogether(on) {
    this.sameZoom = on;
    this.toolbar.update();
    const [widest] = [...this.planes].sort((a, b) => a.view.scale - b.view.scale);
    if (on) this.follow(widest);
  }

  // After a plane's view has moved: let the others show the same part, if they are to.
  /** @param {Plane} plane */
  follow(plane) {
    this.painting.move(plane);
    if (!this.sameZoom) return;
    for (const other of this.planes) {
      if (other === plane) continue;
      other.view.copy(plane.view);
      this.painting.move(other);
    }
  }

  // ---- reports

  report() {
    const { pins, hidden, layers, frame } = this.state;
    const views = this.planes.map(({ wantedView }) => wantedView);
    this.onState({ pins, hidden: [...hidden], layers: [...layers], frame, views });
  }

  // Request another atlas for planes whose atlas is too coarse or does not cover the view.
  askForViews() {
    const asked = this.planes.filter((plane) => plane.asksForView());
    if (asked.length) this.report();
  }
}
