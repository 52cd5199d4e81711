// What Python and the knobs exchange, as written by live_controls/__init__.py.
// `tests/components/test_wire.py` compares the names.

export type Family = "vae" | "ae";
export type Speed = "slow" | "medium" | "full";
export type Range = [low: number, high: number];

export interface Data {
  controls: Controls; // the initial ones
  limits: Limits;
  least: number; // smallest KL weight above 0
  speeds: Speed[];
  families: Family[];
  snapshot: Snapshot | null;
  thresholds: number[]; // KL weights at which theory predicts that dimensions die
}

/** The browser's answer also has `rests`: whether no knob is being dragged. */
export interface Controls {
  family: Family;
  kl_weight: number;
  scale: number;
  latent_dim: number;
  speed: Speed;
  playing: boolean;
  steps: number;
  seed: number;
}

export interface Limits {
  kl_weight: Range;
  scale: Range;
  latent_dim: Range;
  steps: Range;
  seed: Range;
}

/** The present state of the training. */
export interface Snapshot {
  number: number;
  family: Family;
  kl_weight: number;
  scale: number;
  seed: number;
  kl: number[]; // nats, per dimension
}
