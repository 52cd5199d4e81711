"""The interface of distributions of codes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.analysis.subject import Check, Subject


@dataclass(frozen=True, eq=False)
class Drawn:
    """Codes drawn from a distribution.

    Attributes:
        codes: (n, d) float32.
        own: (n,) the index, among all held-out images, of the one from which each code was made;
            None if they were not made from images.
        per: how many successive codes belong to one draw, such as the points of a line.
    """

    codes: np.ndarray
    own: np.ndarray | None = None
    per: int = 1


@dataclass(frozen=True)
class CodeDistribution:
    """A distribution of codes, under which the share of codes in holes is counted.

    None depends on the units of the codes: if all codes and the decoder's input are multiplied by a
    factor, so are the draws.

    Attributes:
        name: used as a key and in tests.
        title: the name shown to users.
        measure: the name of the measure of the share of its codes in holes.
        unit: what that share is a percentage of.
        help: what it is, in a sentence or two.
        draw: (subject, count, seed) → about ``count`` codes.
        log_density: (subject, codes (n, d)) → log p(z), (n,) nats; None if it has no density.
        no_density: why it has none; empty if it has one.
        undefined: why it is not defined for a subject, or None if it is.
    """

    name: str
    title: str
    measure: str
    unit: str
    help: str
    draw: Callable[[Subject, int, int], Drawn]
    log_density: Callable[[Subject, np.ndarray], np.ndarray] | None = None
    no_density: str = ""
    undefined: Check = lambda subject: None
