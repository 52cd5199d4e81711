// What a plane shows at one moment: codes, the plane's position in latent space, and overlays.

import { Surface } from "./surface.js";

/** @import { Field } from "./field.js" */
/** @import { Pictures } from "./picture.js" */
/** @import { PointSet } from "./points.js" */
/** @import { Tiles } from "./tiles.js" */
/** @import { Shades } from "./shades.js" */
/** @import { Box, Dots, Ellipses, Trail } from "./wire.d.ts" */

/**
 * Only the first four are required.
 * @typedef {object} Parts
 * @property {string} id unique among frames
 * @property {string} title
 * @property {[string, string]} axes
 * @property {PointSet} points
 * @property {boolean} [prior] whether the prior in this plane is a standard normal
 * @property {boolean} [fitsPrior] whether the view shows all of it at first; as a rule it does
 * @property {Field | null} [logPrior] log p(z) of any other prior
 * @property {string} [noPrior] the reason why p(z) is unknown, if there is one
 * @property {number | null} [marked] a class whose codes are drawn above all others
 * @property {string | null} [live] an id shared by the frames of a live stream
 * @property {Surface} [surface]
 * @property {Shades | null} [shades] the values by which codes are coloured, if not by class
 * @property {Field | null} [field]
 * @property {Dots | null} [dots]
 * @property {readonly Trail[]} [trails]
 * @property {readonly Ellipses[]} [ellipses]
 * @property {number | null} [indicatrix] the change, in pixel units, at the ellipse around the cursor
 * @property {Box | null} [opening] the part that is shown at first, if not all codes
 * @property {string} [note] words over the plane
 * @property {Pictures | null} [decoder] provides decoded images
 * @property {boolean} [hasPictures] whether there is a decoder, even if it is not loaded yet
 */

export class Frame {
  /** @type {{ title: string, pictures: Pictures } | null} a second source of images */
  companion = null;
  /** @type {Tiles | null} the decoded grid, set by the plane */
  tiles = null;
  /** Fetches the decoder and the companion if they are not loaded yet. */
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
    this.fitsPrior = parts.fitsPrior ?? this.prior;
    this.logPrior = parts.logPrior ?? null;
    this.noPrior = parts.noPrior ?? "";
    this.marked = parts.marked ?? null;
    this.live = parts.live ?? null;
    this.surface = parts.surface ?? new Surface();
    this.shades = parts.shades ?? null;
    this.field = parts.field ?? null;
    this.dots = parts.dots ?? null;
    this.trails = parts.trails ?? [];
    this.ellipses = parts.ellipses ?? [];
    this.indicatrix = parts.indicatrix ?? null;
    this.opening = parts.opening ?? null;
    this.note = parts.note ?? "";
    this.decoder = parts.decoder ?? null;
    this.hasPictures = parts.hasPictures ?? this.decoder !== null;
  }
}
