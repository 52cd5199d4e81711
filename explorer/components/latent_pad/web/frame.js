// What a plane shows at one moment: codes, where they lie, and what is drawn with them.

import { Surface } from "./surface.js";

/** @import { Field } from "./field.js" */
/** @import { Pictures } from "./picture.js" */
/** @import { PointSet } from "./points.js" */
/** @import { Tiles } from "./tiles.js" */
/** @import { Shades } from "./shades.js" */
/** @import { Ellipses, Trail } from "./wire.d.ts" */

/**
 * Only the first four must be given.
 * @typedef {object} Parts
 * @property {string} id tells it from others
 * @property {string} title
 * @property {[string, string]} axes
 * @property {PointSet} points
 * @property {boolean} [prior] whether the circles of a standard normal mean anything here
 * @property {Field | null} [logPrior] log p(z) of a prior that is no standard normal
 * @property {string} [noPrior] why no p(z) can be told, if there is a reason
 * @property {number | null} [marked] a class whose codes are drawn above all others
 * @property {string | null} [live] what frames that follow one another many times a second share
 * @property {Surface} [surface]
 * @property {Shades | null} [shades] what colours the codes, if it is not their class
 * @property {Field | null} [field]
 * @property {readonly Trail[]} [trails]
 * @property {readonly Ellipses[]} [ellipses]
 * @property {number | null} [indicatrix] the change in pixel units that the ellipse around the cursor stands for
 * @property {Pictures | null} [decoder] has the pictures of places
 * @property {boolean} [hasPictures] whether there will be a decoder, once it is loaded
 */

export class Frame {
  /** @type {{ title: string, pictures: Pictures } | null} other pictures of places */
  companion = null;
  /** @type {Tiles | null} the decoded grid, which the plane keeps here */
  tiles = null;
  /** Fetches decoder and companion, if they are not here. */
  load = async () => {};

  /** @param {Frame | Parts} parts */
  static of(parts) {
    return parts instanceof Frame ? parts : new Frame(parts);
  }

  /** @param {Parts} parts */
  constructor({ id, title, axes, points, ...parts }) {
    this.id = id;
    this.title = title;
    this.axes = axes;
    this.points = points;
    this.prior = parts.prior ?? false;
    this.logPrior = parts.logPrior ?? null;
    this.noPrior = parts.noPrior ?? "";
    this.marked = parts.marked ?? null;
    this.live = parts.live ?? null;
    this.surface = parts.surface ?? new Surface();
    this.shades = parts.shades ?? null;
    this.field = parts.field ?? null;
    this.trails = parts.trails ?? [];
    this.ellipses = parts.ellipses ?? [];
    this.indicatrix = parts.indicatrix ?? null;
    this.decoder = parts.decoder ?? null;
    this.hasPictures = parts.hasPictures ?? this.decoder !== null;
  }
}
