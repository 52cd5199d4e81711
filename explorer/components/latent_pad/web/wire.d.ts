// The messages between Python and the pad, as written by latent_pad/describe.py and state.py.
// `tests/components/test_wire.py` checks that the field names agree.

/** Channels, height and width. */
export type Shape = [channels: number, height: number, width: number];
/** A rectangle in a plane. */
export type Box = [xmin: number, xmax: number, ymin: number, ymax: number];
/** The position of a pin, and the index of the pinned image, if an image is pinned. */
export type Pin = [plane: number, x: number, y: number, point?: number];
export type LayerName = "grid" | "field" | "prior" | "contours" | "points" | "ellipses" | "dots";
/** Where to fetch a file: a path below the app's root, or a data URL that contains the file. */
export type Address = string;

/** A colour as #rrggbb, on light paper and on dark. */
export type Pair = [light: string, dark: string];

// ---- from Python

export interface Data {
  script: Address;
  style: Address;
  films: Film[];
  classes: string[];
  palette: Pair[];
  path: PathStyle | null;
  links: { hidden?: string; layers?: string; zoom?: string; walk?: string }; // names of query parameters
  height: number | null; // CSS pixels; null: as many as the window allows
  revision: number; // number of times that Python has overridden the browser's state
  state: State;
  pictures: Picture[];
}

export interface State {
  pins: Pin[];
  hidden: number[]; // classes
  layers: LayerName[];
  frame: number;
}

export interface PathStyle {
  kind: "linear" | "spherical";
  steps: number;
}

/** The decoded image of a pin; without `pin` there is none. */
export interface Picture {
  frame: number;
  pin?: Pin;
  shape?: Shape;
  decoded?: string; // grey levels (C, H, W), as base64
  original?: string | null;
  code?: number[] | null; // if it lies off the plane
}

export interface Film {
  axis: string;
  names: string[];
  frames: Frame[];
}

export interface Frame {
  title: string;
  axes: [string, string];
  prior: boolean;
  fitsPrior: boolean; // whether the view shows all of the prior's circles at first
  logPrior: Field | null;
  noPrior: string;
  marked: number | null; // a class
  id: string;
  live: string | null;
  points: Address; // see packing.js
  count: number; // of points
  scaleUnit: number | null; // null if there are no scales
  surface: Surface | null;
  decoder: Decoder | null;
  shades: Shades | null;
  field: Field | null;
  dots: Dots | null;
  trails: Trail[];
  ellipses: Ellipses[];
  indicatrix: number | null;
  companion: Companion | null;
  opening: Box | null; // the part that is shown at first, if not all codes
  note: string;
  atlas: Images | null;
}

/** The plane's position in latent space. */
export interface Surface {
  center: number[]; // (d,) the code at the origin
  axes: [number[], number[]]; // two orthonormal rows (d,); a missing axis is zero
}

export interface Decoder {
  url: Address;
  bits: 16 | 32; // of a number in the file
  inputs: number;
  widths: number[]; // outputs of each layer
  activation: "relu" | "silu" | "tanh";
  link: "identity" | "sigmoid" | "continuous-bernoulli";
  shape: Shape;
}

/** An atlas: a grid of decoded images. */
export interface Images {
  url: Address;
  box: Box;
  shape: Shape;
  error: number; // grey levels
}

export interface Companion {
  title: string;
  atlas: Images;
}

/** A value for each code, by which it is coloured. */
export interface Shades {
  title: string;
  url: Address;
  span: [low: number, high: number]; // values at the ends of the colour scale
}

export interface Field {
  title: string;
  url: Address;
  rows: number;
  columns: number;
  box: Box;
  span: [low: number, high: number] | null;
  kinds: [name: string, light: string, dark: string][];
  help: string;
  told: boolean; // whether its value is told in words while its layer is switched off
}

export interface Trail {
  points: [number, number][];
  scales: [number, number][] | null;
  name: string;
  colour: string | null;
  dots: boolean;
  marked: boolean; // whether its last code has a large mark
}

/** Codes in the colours of their kinds. */
export interface Dots {
  title: string;
  points: [x: number, y: number][];
  values: number[]; // indices of kinds
  kinds: [name: string, light: string, dark: string][];
}

export interface Ellipses {
  rows: [x: number, y: number, first: number, second: number, angle: number][];
  colour: string | null;
  width: number;
}

// ---- from the browser

export interface Message extends State {
  revision: number | null; // the last revision of Python's state that the pad has seen
  views: (Box | null)[]; // parts of the planes for which an atlas is requested, null for the whole
}
