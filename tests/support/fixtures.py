"""Numbers that both Python and the browser code compute, to check that they agree.

``python -m tests.support.fixtures`` writes them to ``tests/fixtures``. A test compares the files
with the current results of Python, and the tests in ``tests/web`` compare the browser code with
the files. Random numbers come from numpy and are rounded so that 32-bit floats hold them exactly.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer.analysis.geometry import (
    INTERPOLATIONS,
    CodeDensity,
    Plane,
    interpolate,
    metric,
    tangent_images,
)
from explorer.components.latent_pad import Film, PadPlane
from explorer.components.latent_pad.describe import atlas_at_once, describe_film
from explorer.models import View, build_model
from explorer.models.latent import Codes, decode_means
from explorer.models.networks import ACTIVATIONS
from explorer.specs import ModelSpec

FOLDER = Path(__file__).parents[1] / "fixtures"
PLACES = np.array([[0.0, 0.0], [1.5, -0.75], [-3.0, 2.0], [40.0, -60.0]])
CHANGE = 2.0  # pixel units, the change of the image along an indicatrix
LONGEST = 50.0  # half-axis of an indicatrix, at most
DIGITS = 7
LINKS: dict[str, dict[str, Any]] = {
    "sigmoid": {},
    "identity": {"link": "identity"},
    "continuous-bernoulli": {"likelihood": "continuous-bernoulli"},
}


def exact(values: np.ndarray) -> np.ndarray:
    """The nearest multiples of 1/64, which 32-bit floats hold exactly."""
    return np.round(64 * values) / 64


# ---- decoders, their tangent images and metrics


def decoders() -> list[dict[str, Any]]:
    """Every link with every activation, and a colour decoder on a plane in five dimensions, whose
    weights are no half floats."""
    cases = [
        decoder_case(
            f"{link}, {activation}",
            ModelSpec(image_shape=(1, 3, 4), widths=(6, 5), activation=activation, **fields),
        )
        for link, fields in LINKS.items()
        for activation in ACTIVATIONS
    ]
    codes = np.random.default_rng(0).normal(1.0, 2.0, (50, 5))
    colours = ModelSpec(image_shape=(3, 2, 3), widths=(6,), latent_dim=5, link="identity")
    return [*cases, decoder_case("colours, five dimensions", colours, Plane.of(codes), 2.0**-14)]


def decoder_case(
    name: str, spec: ModelSpec, surface: Plane | None = None, beyond: float = 0.0
) -> dict[str, Any]:
    view = with_plain_weights(spec, beyond)
    plane = PadPlane(
        "P",
        np.zeros((0, spec.latent_dim)),
        np.zeros(0, int),
        surface=surface,
        decoder=view.dense_decoder(),
    )
    assert plane.decoder_file
    (described,) = describe_film(Film([plane], "", [""]), 0, None, "", atlas_at_once)["frames"]
    codes = plane.latent(PLACES)
    axes = np.eye(2) if surface is None else surface.axes
    here = metric(view, codes, axes)
    radii, angles = here.indicatrices(CHANGE)
    is_round = (
        here.singular_values[:, 1] > 0.95 * here.singular_values[:, 0]
    )  # the angle is arbitrary
    return {
        "name": name,
        "decoder": described["decoder"],
        "surface": described["surface"],
        "file": b64encode(plane.decoder_file.content).decode(),
        "places": PLACES.tolist(),
        "codes": numbers(codes),
        "means": numbers(decode_means(view, codes).reshape(len(PLACES), -1)),
        "tangents": numbers(tangent_images(view, codes, axes).reshape(len(PLACES), 2, -1)),
        "singular": numbers(here.singular_values),
        "change": CHANGE,
        "longest": LONGEST,
        "radii": numbers(radii.clip(max=LONGEST)),
        "angles": numbers(np.where(is_round, np.nan, angles % np.pi)),
    }


def with_plain_weights(spec: ModelSpec, beyond: float = 0.0) -> View:
    """A view with random weights, far from the grey images of new weights: half floats, plus what
    is ``beyond`` them. The logit of the first
    pixel is always 0 and that of the second near 0, where the mean of the continuous Bernoulli
    is computed as a line."""
    model = build_model(spec)
    random = np.random.default_rng(1)
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            weights = exact(random.normal(size=tuple(parameter.shape))) + beyond
            parameter.copy_(torch.from_numpy(weights))
        *_, weights, biases = model.decoder.parameters()
        for pixel, size in ((0, 0.0), (1, 2.0**-12)):
            weights[pixel] = size
            biases[pixel] = size
    return model.eval().view()


# ---- densities


def densities() -> list[dict[str, Any]]:
    """The aggregate posterior and a kernel estimate; some codes and scales are not finite."""
    random = np.random.default_rng(2)
    means = exact(random.normal(size=(40, 2)) * [2.0, 0.5]).astype(np.float32)
    scales = exact(random.uniform(0.1, 0.8, (40, 2))).astype(np.float32)
    means[3], means[4, 1], scales[5], scales[6, 0] = np.nan, np.inf, np.nan, np.inf
    places = exact(random.uniform(-3.0, 3.0, (12, 2)))
    return [
        {
            "name": "posterior" if stochastic else "kernel",
            "means": numbers(means),
            "scales": numbers(scales) if stochastic else None,
            "places": places.tolist(),
            "density": numbers(np.exp(density_of(means, scales, stochastic).log(places))),
        }
        for stochastic in (True, False)
    ]


def density_of(means: np.ndarray, scales: np.ndarray, stochastic: bool) -> CodeDensity:
    labels = np.zeros(len(means), int)
    widths = scales if stochastic else np.zeros_like(means)
    return CodeDensity.of(Codes(means, widths, labels), stochastic)


# ---- paths


def paths() -> list[dict[str, Any]]:
    """Paths through three pins, in five dimensions, and where no arc is defined."""
    random = np.random.default_rng(3)
    pins = {
        "three pins": exact(random.normal(size=(3, 2))),
        "five dimensions": exact(random.normal(size=(2, 5))),
        "one direction": np.array([[1.0, 2.0], [2.0, 4.0]]),
        "opposite directions": np.array([[1.0, 2.0], [-2.0, -4.0]]),
        "from the origin": np.array([[0.0, 0.0], [1.0, 1.0]]),
    }
    return [
        {
            "name": f"{name}, {kind}",
            "kind": kind,
            "pins": numbers(codes),
            "codes": numbers(interpolate(codes, 7, kind)),
        }
        for name, codes in pins.items()
        for kind in INTERPOLATIONS
    ]


# ---- packed codes


def clouds() -> list[dict[str, Any]]:
    """Files of codes, with scales as half floats of all kinds: normal, denormal, not finite."""
    codes = np.array([[0.5, -1.25], [3e30, 1e-30], [np.nan, 0.0], [0.0, np.inf]])
    scales = np.array([[1.0, 2.0**-3], [6e-8, 3e-5], [np.inf, np.nan], [0.0, 0.3]])
    labels = np.array([0, 2, 1, 255])
    planes = {"bare": PadPlane("P", codes, labels), "scaled": PadPlane("P", codes, labels, scales)}
    return [
        {
            "name": name,
            "file": b64encode(plane.file.content).decode(),
            "count": len(codes),
            "unit": None if plane.scales is None else plane.scale_unit,
            "codes": numbers(codes.astype(np.float32)),
            "scales": None if plane.scales is None else numbers(scales.astype(np.float16)),
            "labels": labels.tolist(),
        }
        for name, plane in planes.items()
    ]


# ---- files

FIXTURES: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "decoders": decoders,
    "densities": densities,
    "paths": paths,
    "clouds": clouds,
}


def numbers(values: np.ndarray) -> Any:
    """Nested lists of numbers with ``DIGITS`` digits; those that JSON cannot hold are strings."""
    if np.ndim(values):
        return [numbers(part) for part in values]
    value = float(values)
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else str(value)


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.json"


def differences(said: Any, meant: Any, place: str = "") -> Iterator[str]:
    """Where two fixtures differ by more than rounding, one line per difference."""
    if isinstance(said, dict) and isinstance(meant, dict) and said.keys() == meant.keys():
        for key in meant:
            yield from differences(said[key], meant[key], f"{place}.{key}")
    elif isinstance(said, list) and isinstance(meant, list) and len(said) == len(meant):
        for k, (one, other) in enumerate(zip(said, meant, strict=True)):
            yield from differences(one, other, f"{place}[{k}]")
    elif isinstance(said, float) and isinstance(meant, float):
        if abs(said - meant) > 1e-5 + 1e-4 * abs(meant):
            yield f"{place}: {said}, not {meant}"
    elif said != meant:
        yield f"{place}: {said!r:.60}, not {meant!r:.60}"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, made in FIXTURES.items():
        lines = ",\n".join(json.dumps(case) for case in made())
        path_of(name).write_text(f"[\n{lines}\n]\n", encoding="utf-8")
