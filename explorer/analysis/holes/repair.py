"""Whether a density fitted to codes repairs sampling, judged by images it was not fitted to."""

from functools import partial

import numpy as np

from explorer.analysis.holes.judge import Judge
from explorer.analysis.holes.scores import DRAWS
from explorer.analysis.holes.verdict import HoleSignals
from explorer.analysis.sampling import SOURCES, Request, best_mixture
from explorer.analysis.subject import Subject

REPAIRS = ("prior", "gaussian", "mixture", "kernels")  # sources: the prior, then what repairs it
LEAST = 4  # held-out images of which half can be fitted and half can judge


def halves(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Two random halves of the indices 0 … count − 1, always the same ones.

    Raises:
        ValueError: there are too few.
    """
    if count < LEAST:
        raise ValueError(f"{count} images are too few to fit a density to half of them")
    order = np.random.default_rng(0).permutation(count)
    return np.sort(order[: count // 2]), np.sort(order[count // 2 :])


def fitting_part(subject: Subject) -> Subject:
    """The model with the half of its codes to which densities are fitted."""
    fitted, _ = halves(len(subject.codes))
    return Subject(subject.view, subject.codes[fitted])


def judging_half(subject: Subject) -> Judge:
    """Judges by the other half of the held-out images."""
    _, judging = halves(len(subject.codes))
    return Judge.by_some(subject, judging)


def source_signals(subject: Subject, name: str, components: int | None = None) -> HoleSignals:
    """The signals of holes at codes drawn from a source of SOURCES that was fitted to half of the
    held-out codes. They are judged by the images of the other half, and by the density of their
    codes relative to the one that was drawn from. A mixture has so many components, or as many as
    suit all codes best.

    Raises:
        ValueError: there are too few images, or they do not allow it.
    """
    if name == "mixture" and components is None:
        components = len(subject.once(best_mixture).weights)
    request = Request(DRAWS, components=components)
    source, part = SOURCES[name], subject.once(fitting_part)
    codes = source.draw(part, request)
    density = source.log_density
    known = None if density is None else partial(density, part, request)
    return subject.once(judging_half).signals(codes, known)
