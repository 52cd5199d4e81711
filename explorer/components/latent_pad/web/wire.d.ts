// What Python and the pad tell each other, as latent_pad/describe.py and state.py write it.
// `tests/components/test_wire.py` compares the names.

/** Channels, height and width. */
export type Shape = [channels: number, height: number, width: number];
/** Part of a plane. */
export type Box = [xmin: number, xmax: number, ymin: number, ymax: number];
/** Where a pin is, and the index of the image that is pinned, if it is one. */
export type Pin = [plane: number, x: number, y: number, point?: number];
export type LayerName = "grid" | "field" | "prior" | "contours" | "points" | "ellipses";
/** Where to fetch a file: below the app's root, or the file itself as a data URL. */
export type Address = string;

// ---- from Python

export interface Data {
  script: Address;
  style: Address;
  films: Film[];
  classes: string[];
  palette: string[]; // #rrggbb
  path: PathStyle | null;
  links: { hidden?: string; layers?: string }; // names of query parameters
  height: number; // CSS pixels
  revision: number; // how often Python has overruled the browser
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

/** What a pin decodes to; without `pin` nothing is known of it. */
export interface Picture {
  frame: number;
  pin?: Pin;
  shape?: Shape;
  decoded?: string; // grey levels (C, H, W), as base64
  original?: string | null;
  code?: number[] | null; // if it lies beside the plane
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
  trails: Trail[];
  ellipses: Ellipses[];
  indicatrix: number | null;
  companion: Companion | null;
  atlas: Images | null;
}

/** Where the plane lies in the latent space. */
export interface Surface {
  center: number[]; // (d,) the code at the origin
  axes: [number[], number[]]; // two orthonormal rows (d,), zero where there is none
}

export interface Decoder {
  url: Address;
  inputs: number;
  widths: number[]; // outputs of each layer
  activation: "relu" | "silu" | "tanh";
  link: "identity" | "sigmoid" | "continuous-bernoulli";
  shape: Shape;
}

/** An atlas. */
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

/** A number for each code, which colours it. */
export interface Shades {
  title: string;
  url: Address;
  span: [low: number, high: number]; // at the ends of the scale
}

export interface Field {
  title: string;
  url: Address;
  rows: number;
  columns: number;
  box: Box;
  span: [low: number, high: number] | null;
  kinds: [name: string, colour: string][];
}

export interface Trail {
  points: [number, number][];
  scales: [number, number][] | null;
  name: string;
  colour: string | null;
  dots: boolean;
}

export interface Ellipses {
  rows: [x: number, y: number, first: number, second: number, angle: number][];
  colour: string | null;
  width: number;
}

// ---- from the browser

export interface Message extends State {
  revision: number | null; // Python's last takeover that the pad had seen
  views: (Box | null)[]; // parts of the planes to be decoded more finely, null for the whole
}
