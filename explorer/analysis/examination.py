"""All that can be said of a trained model in numbers: evidence, information, holes, geometry.

Slower than the measures of a checkpoint (half a minute a model), and asked of the images' own data
set; each finding names where it comes from.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from explorer.analysis import hole_scores
from explorer.analysis.fields import Subject, needs_standard_prior
from explorer.analysis.geometry import Landscape, path_through, projector_gain, why_no_probe
from explorer.analysis.geometry.paths import PATHS
from explorer.analysis.measures import bounds, evidence
from explorer.analysis.measures.holes import HoleThresholds, Share, prior_holes
from explorer.analysis.measures.surgery import elbo_surgery

JUDGED = 1000  # images whose evidence is summed
PATHS_TRIED = 20  # between random pairs of codes
PROBED = 200  # images to which noise is added
NOISE = 1.0  # its norm, in pixel units


@dataclass(frozen=True)
class Finding:
    """A number about a model.

    Attributes:
        title: for people.
        unit: what it is counted in.
        value: None if it is not defined for the model.
        error: its standard error, or None where it has none.
        why: why there is no value.
    """

    title: str
    unit: str
    value: float | None = None
    error: float | None = None
    why: str = ""

    def __str__(self) -> str:
        if self.value is None:
            return "–"
        value = f"{self.value:.1f}" if abs(self.value) >= 10 else f"{self.value:.3g}"
        return value + (f" ± {self.error:.1g}" if self.error else "")


def examine(subject: Subject) -> Iterator[Finding]:
    """The findings on a model with its images, one after another.

    Raises:
        ValueError: there are no images.
    """
    for titles, find in _ALL:
        try:
            yield from list(find(subject))
        except ValueError as error:
            for title, unit in titles:
                yield Finding(title, unit, why=str(error))


_Titles = tuple[tuple[str, str], ...]

_EVIDENCE: _Titles = (
    ("log p(x)", "nats per image"),
    ("ELBO", "nats per image"),
    ("inference gap", "nats per image"),
    ("images whose posterior has two hills", "% of images"),
)


def _evidence(subject: Subject) -> Iterator[Finding]:
    images = subject.images.test[:JUDGED]
    grid = evidence.Grid.over(subject.codes.mean, subject.codes.scale)
    exact = evidence.exact_evidence(subject.model, images.floats(), grid)
    elbo = bounds.bounds(subject.model, images, draws=1).elbo
    split = 100 * (exact.hills > 1)
    for (title, unit), values in zip(
        _EVIDENCE, (exact.nats, elbo, exact.nats - elbo, split), strict=True
    ):
        yield Finding(title, unit, float(values.mean()), float(values.std() / len(values) ** 0.5))


_SURGERY: _Titles = (("mutual information", "nats"), ("KL(q(z) ‖ p(z))", "nats"))


def _surgery(subject: Subject) -> Iterator[Finding]:
    if why := bounds.undefined(subject.model) or needs_standard_prior(subject):
        raise ValueError(why)
    by = "grid" if subject.model.levels == (2,) else "draws"
    found = elbo_surgery(subject.codes.mean, subject.codes.scale, by)
    for (title, unit), value in zip(_SURGERY, (found.information, found.marginal), strict=True):
        yield Finding(title, unit, float(value), float(found.error))


_HOLES: _Titles = (
    ("prior mass in holes", "% of draws"),
    ("prior draws of a clear class", "% of draws"),
    ("pieces per class", "mean"),
    ("folds", "1 − trustworthiness"),
    ("tears", "1 − continuity"),
)


def _holes(subject: Subject) -> Iterator[Finding]:
    if why := hole_scores.undefined(subject):
        raise ValueError(why)
    prior = prior_holes(hole_scores.prior_signals(subject), HoleThresholds())
    built = hole_scores.structure(subject)
    values: tuple[Share | float, ...] = (
        prior.mass,
        prior.clear,
        built.components.mean,
        built.folds.fold,
        built.folds.tear,
    )
    for (title, unit), value in zip(_HOLES, values, strict=True):
        if isinstance(value, Share):
            yield Finding(title, unit, 100 * value.value, 100 * value.standard_error)
        else:
            yield Finding(title, unit, value)


_PATHS: _Titles = tuple(
    (f"{PATHS[kind].title}, length over the straight line's", "median")
    for kind in ("geodesic", "dense")
)


def _paths(subject: Subject) -> Iterator[Finding]:
    landscape = Landscape(subject.model, subject.codes)
    random = np.random.default_rng(0)
    pairs = random.choice(len(subject.codes), (PATHS_TRIED, 2), replace=False)
    straight = [
        path_through(landscape, subject.codes.mean[pair], "linear").length for pair in pairs
    ]
    for kind, (title, unit) in zip(("geodesic", "dense"), _PATHS, strict=True):
        lengths = [path_through(landscape, subject.codes.mean[pair], kind).length for pair in pairs]
        yield Finding(title, unit, float(np.median(np.divide(lengths, straight))))


_PROBE: _Titles = (
    ("gain of noise along the surface", f"at ‖δ‖ = {NOISE:g}"),
    ("gain of noise normal to it", f"at ‖δ‖ = {NOISE:g}"),
)


def _probe(subject: Subject) -> Iterator[Finding]:
    if why := why_no_probe(subject.model):
        raise ValueError(why)
    images = subject.images.test[:PROBED].floats().numpy()
    gain = projector_gain(subject.model, images, np.array([NOISE]))
    pairs = ((gain.tangent, gain.tangent_error), (gain.normal, gain.normal_error))
    for (title, unit), (value, error) in zip(_PROBE, pairs, strict=True):
        yield Finding(title, unit, float(value[0]), float(error[0]))


_ALL: tuple[tuple[_Titles, Callable[[Subject], Iterator[Finding]]], ...] = (
    (_EVIDENCE, _evidence),
    (_SURGERY, _surgery),
    (_HOLES, _holes),
    (_PATHS, _paths),
    (_PROBE, _probe),
)
