"""What a visitor can set while a model trains, and the model that follows from it."""

import math
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from explorer.datasets import DATASETS
from explorer.specs import ModelSpec, Spec

DATASET = "digits"  # embedded, and small enough to train in a second
BATCH = 128  # images in an optimiser step

# Bounds of the numbers. A KL weight is 0, or anything from the least one up: its scale is
# logarithmic. With σ from 0.05 to 1 the weights at which the digits' codes collapse lie in between.
LIMITS: Mapping[str, tuple[float, float]] = {
    "kl_weight": (0.0, 300.0),
    "scale": (0.05, 1.0),
    "latent_dim": (2, 8),
    "steps": (0, 2**31 - 1),
    "seed": (0, 999_999),
}
LEAST_KL_WEIGHT = 0.01
_WHOLE = ("latent_dim", "steps", "seed")

# Optimiser steps a second. At the slowest there is a picture of each of them.
SPEEDS: Mapping[str, float] = {"slow": 8.0, "medium": 100.0, "full": math.inf}
FAMILIES_OFFERED = ("vae", "ae")


class Controls(Spec):
    """The state of all knobs; it is handed on whole, so that none of it can be missed."""

    family: Literal["vae", "ae"] = Field(
        "vae", description="An AE is the same networks without noise and KL term."
    )
    kl_weight: float = Field(1.0, ge=0, le=300, description="Weight β of the KL term.")
    scale: float = Field(0.25, ge=0.05, le=1, description="Pixel standard deviation σ.")
    latent_dim: int = Field(2, ge=2, le=8, description="Dimensions of the latent code.")
    speed: Literal["slow", "medium", "full"] = Field("full", description="A name in SPEEDS.")
    playing: bool = Field(True, description="Whether it trains; if not, it waits for single steps.")
    steps: int = Field(0, ge=0, lt=2**31, description="Single optimiser steps asked for so far.")
    seed: int = Field(0, ge=0, lt=10**6, description="Of weights and noise; a new one starts anew.")

    @property
    def model(self) -> ModelSpec:
        """The model they ask for.

        Smaller than the data set's default, so that a step takes a millisecond and its decoder
        fits in a message. SiLU, since units that ReLU has switched off in a collapse stay off.
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
    """Controls from whatever a browser or a link said.

    Numbers are clamped to their limits; what is no value of its knob leaves that knob as it was
    before, and knobs that do not exist are nothing.
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
    """A number that is one: not NaN, and neither ``True`` nor text."""
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        return None
    if isinstance(raw, float) and math.isnan(raw):
        return None
    # JSON knows integers beyond the floats.
    return float(min(1e18, max(-1e18, raw)))
