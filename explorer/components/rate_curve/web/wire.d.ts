// What Python and the curve tell each other, as rate_curve/__init__.py writes it.
// `tests/components/test_wire.py` compares the names.

/** Rate and distortion, nats. */
export type Point = [rate: number, distortion: number];

export interface Data {
  points: Point[]; // of the models, in order of the KL weight
  names: string[];
  edge: number; // the largest rate with room on the axis
  current: number; // index of the model to be marked
  height: number; // CSS pixels
  heard: number; // how many picks Python had heard of
}

export interface Picked {
  index: number;
  number: number; // of picks so far
}
