// What Python and the curve exchange, as written by rate_curve/__init__.py.
// `tests/components/test_wire.py` compares the names.

/** Rate and distortion, nats. */
export type Point = [rate: number, distortion: number];

export interface Data {
  points: Point[]; // of the models, in order of the KL weight
  names: string[];
  edge: number; // the largest rate on the axis
  current: number; // index of the marked model
  height: number; // CSS pixels
  heard: number; // number of picks that Python had received
}

export interface Picked {
  index: number;
  number: number; // of picks so far
}
