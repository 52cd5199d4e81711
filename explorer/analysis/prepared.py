"""Results that pages show first and that take seconds: kept with a checkpoint once computed.

Each is a dataclass of arrays and numbers, computed by a function of the subject that
``Subject.once`` runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from explorer.analysis.fields import FIELDS, HOLE_SIGNALS, OVER, SIDE, HomeField
from explorer.analysis.first_paths import FIRST_PATHS
from explorer.analysis.geometry import PATHS, Path
from explorer.analysis.holes import scores
from explorer.analysis.holes.verdict import HoleSignals
from explorer.analysis.information import bounds
from explorer.analysis.information.bounds import Bounds
from explorer.analysis.information.evidence import Evidence
from explorer.analysis.measures.evidence import LOG_EVIDENCE, MOST_IMAGES, evidence_of
from explorer.analysis.mixture import Mixture
from explorer.analysis.sampling import best_mixture
from explorer.analysis.subject import Check, Subject, first_reason, needs_images
from explorer.files import Layout


@dataclass(frozen=True)
class Prepared:
    """A result that can be kept.

    Attributes:
        name: the name it is stored by.
        kind: the dataclass that holds it.
        compute: computes it; a ValueError gives the reason why it cannot.
        layout: the stored type and shape of each of its attributes. Lengths of the same name are
            equal; "images" and "d" are the number of images and of latent dimensions.
        undefined: why it is not defined for a subject, or None if it is.
    """

    name: str
    kind: type[Any]
    compute: Callable[[Subject], Any]
    layout: Mapping[str, tuple[str, tuple[int | str, ...]]]
    undefined: Check

    def arrays(self, result: object) -> dict[str, np.ndarray]:
        """The attributes of a result as they are stored."""
        return {
            name: np.asarray(getattr(result, name), _TYPES[dtype], order="C")
            for name, (dtype, _) in self.layout.items()
        }

    @property
    def stored(self) -> Layout:
        """The layout with −1 for any length."""
        return {
            name: (dtype, tuple(-1 if isinstance(one, str) else one for one in shape))
            for name, (dtype, shape) in self.layout.items()
        }

    def result(self, arrays: Mapping[str, np.ndarray], images: int, d: int) -> Any:
        """The result with these attributes, stored for so many images and latent dimensions.

        Raises:
            ValueError: lengths do not fit each other.
        """
        lengths: dict[int | str, int] = {"images": min(images, MOST_IMAGES), "d": d}
        for name, (_, shape) in self.layout.items():
            for wanted, got in zip(shape, arrays[name].shape, strict=True):
                if lengths.setdefault(wanted, got) != got:
                    raise ValueError(f"{self.name}: {name} has a length of {got}")
        return self.kind(**{name: _bare(arrays[name]) for name in self.layout})


_TYPES = {"F16": np.float16, "F32": np.float32, "F64": np.float64, "I64": np.int64}


def _bare(array: np.ndarray) -> np.ndarray | int | float:
    """An array, or the number in one without dimensions."""
    return array if array.ndim else array.item()


def bounds_of(subject: Subject) -> Bounds:
    """Bounds on the evidence of up to MOST_IMAGES held-out images."""
    return bounds.bounds(subject.view, subject.test[:MOST_IMAGES])


def _no_bounds(subject: Subject) -> str | None:
    return bounds.undefined(subject.view)


def _no_path(kind: str, subject: Subject) -> str | None:
    return PATHS[kind].undefined(subject.view)


_EACH = ("F32", ("images",))
_SIGNAL = ("F32", ("codes",))
_NUMBER: tuple[str, tuple[int | str, ...]] = ("I64", ())

_FIELD: Mapping[str, tuple[str, tuple[int | str, ...]]] = {
    "box": ("F64", (4,)),
    "values": ("F16", (SIDE, SIDE)),
}

_RESULTS = [
    Prepared(f"field {name}", HomeField, OVER["home"][name], _FIELD, field.undefined)
    for name, field in FIELDS.items()
    if field.cost == "seconds"
]
_RESULTS += [
    Prepared(
        f"reference {name}", HomeField, OVER["reference"][name], _FIELD, FIELDS[name].undefined
    )
    for name in HOLE_SIGNALS
]
_RESULTS += [
    Prepared(
        f"holes {name}",
        HoleSignals,
        compute,
        {
            "distance": _SIGNAL,
            "entropy": ("F32", ("classifiers", "codes")),
            "log_ratio": _SIGNAL,
            "per": _NUMBER,
        },
        partial(scores.undefined, name=name),
    )
    for name, compute in scores.SIGNALS.items()
]
_RESULTS += [
    Prepared(
        "bounds",
        Bounds,
        bounds_of,
        {"elbo": _EACH, "elbo_error": _EACH, "iwae": _EACH, "draws": _NUMBER},
        first_reason(needs_images, _no_bounds),
    ),
    Prepared(
        "evidence",
        Evidence,
        evidence_of,
        {"nats": _EACH, "error": _EACH, "gap": _EACH, "hills": ("I64", ("images",))},
        LOG_EVIDENCE.undefined,
    ),
    *(
        Prepared(
            f"path {name}",
            Path,
            compute,
            {
                "codes": ("F64", ("points", "d")),
                "length": ("F64", ()),
                "lowest_density": ("F64", ()),
            },
            partial(_no_path, name),
        )
        for name, compute in FIRST_PATHS.items()
    ),
    Prepared(
        "mixture",
        Mixture,
        best_mixture,
        {
            "weights": ("F64", ("K",)),
            "means": ("F64", ("K", "d")),
            "covariances": ("F64", ("K", "d", "d")),
        },
        lambda subject: None,
    ),
]
PREPARED = {result.name: result for result in _RESULTS}
