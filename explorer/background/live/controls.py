"""The controls that a visitor can change during live training, and the model they describe."""

import math
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from explorer.datasets import DATASETS
from explorer.specs import ModelSpec, Spec

DATASET = "digits"  # bundled, and small enough to train in a second
BATCH = 128  # images in an optimiser step

# Limits of the numbers. A KL weight is 0 or at least LEAST_KL_WEIGHT: its slider is logarithmic.
# For σ from 0.05 to 1, the weight at which the codes of the digits collapse is within these limits.
LIMITS: Mapping[str, tuple[float, float]] = {
    "kl_weight": (0.0, 300.0),
    "scale": (0.05, 1.0),
    "latent_dim": (2, 8),
    "steps": (0, 2**31 - 1),
    "seed": (0, 999_999),
}
LEAST_KL_WEIGHT = 0.01
_WHOLE = ("latent_dim", "steps", "seed")

# Optimiser steps per second. At the slowest speed, every step is shown.
SPEEDS: Mapping[str, float] = {"slow": 8.0, "medium": 100.0, "full": math.inf}
FAMILIES_OFFERED = ("vae", "ae")


class Controls(Spec):
    """The state of all controls; always sent as a whole, so that no change can be missed."""

    family: Literal["vae", "ae"] = Field(
        "vae", description="An AE has the same networks, but no noise and no KL term."
    )
    kl_weight: float = Field(1.0, ge=0, le=300, description="Weight β of the KL term.")
    scale: float = Field(0.25, ge=0.05, le=1, description="Pixel standard deviation σ.")
    latent_dim: int = Field(2, ge=2, le=8, description="Dimensions of the latent code.")
    speed: Literal["slow", "medium", "full"] = Field("full", description="A name in SPEEDS.")
    playing: bool = Field(True, description="Whether it trains; if not, only single steps.")
    steps: int = Field(0, ge=0, lt=2**31, description="Single optimiser steps requested so far.")
    seed: int = Field(0, ge=0, lt=10**6, description="Of weights and noise; a new one restarts.")

    @property
    def model(self) -> ModelSpec:
        """The spec of the model.

        It is smaller than the data set's default, so that a step takes a millisecond and the
        decoder fits in a message. It uses SiLU, since ReLU units that a collapse has switched off
        would stay off.
        """
        return ModelSpec(
            family=self.family,
            image_shape=DATASETS[DATASET].image_shape,
            latent_dim=self.latent_dim,
            likelihood="gaussian",
            likelihood_scale=self.scale,
            widths=(128, 64),
            activation="silu",
        )


def read_controls(raw: object, before: Controls) -> Controls:
    """Read controls from untrusted data of a browser or a link.

    Numbers are clamped to their limits. Invalid values leave a control unchanged, and unknown
    controls are ignored.
    """
    if not isinstance(raw, Mapping):
        return before
    values: dict[str, Any] = before.model_dump()
    for name in LIMITS:
        number = _number(raw.get(name))
        if number is not None:
            low, high = LIMITS[name]
            clamped = min(high, max(low, number))
            values[name] = round(clamped) if name in _WHOLE else clamped
    if 0 < values["kl_weight"] < LEAST_KL_WEIGHT:
        values["kl_weight"] = LEAST_KL_WEIGHT
    for name, known in (("speed", SPEEDS), ("family", FAMILIES_OFFERED)):
        if isinstance(raw.get(name), str) and raw[name] in known:
            values[name] = raw[name]
    if isinstance(raw.get("playing"), bool):
        values["playing"] = raw["playing"]
    return Controls.model_validate(values)


def _number(raw: object) -> float | None:
    """``raw`` as a float; None for NaN, booleans and anything but a number."""
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        return None
    if isinstance(raw, float) and math.isnan(raw):
        return None
    # JSON integers may be too large for a float.
    return float(min(1e18, max(-1e18, raw)))
