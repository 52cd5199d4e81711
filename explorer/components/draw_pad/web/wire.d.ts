// What Python and the draw pad exchange, as written by draw_pad/__init__.py.
// `tests/components/test_wire.py` compares the names.

/** In [0, 1], y downwards. */
export type Point = [x: number, y: number];
export type Stroke = Point[];

export interface Data {
  strokes: Stroke[]; // the initial ones
  pen: number; // width of a stroke, as a share of the field's side
  prompt: string;
  height: number; // CSS pixels
  limits: Limits;
}

export interface Limits {
  strokes: number;
  points: number; // per stroke
}
