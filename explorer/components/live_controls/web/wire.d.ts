// What Python and the knobs tell each other, as live_controls/__init__.py writes it.
// `tests/components/test_wire.py` compares the names.

export type Family = "vae" | "ae";
export type Speed = "slow" | "medium" | "full";
export type Range = [low: number, high: number];

export interface Data {
  controls: Controls; // those to begin with
  limits: Limits;
  least: number; // KL weight above 0
  speeds: Speed[];
  families: Family[];
  snapshot: Snapshot | null;
  thresholds: number[]; // KL weights at which theory has dimensions die
}

/** In the browser's answer there is also `rests`: whether the hand is off the knobs. */
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

/** Where the training stands. */
export interface Snapshot {
  number: number;
  family: Family;
  kl_weight: number;
  scale: number;
  seed: number;
  kl: number[]; // nats, per dimension
}
