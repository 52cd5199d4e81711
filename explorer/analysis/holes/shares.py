"""Shares estimated from random draws that several classifiers judge, with their errors."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """A share in [0, 1] whose error has two sources: which codes were drawn, and how the training
    of the classifiers that judged them came out.

    All classifiers judge the same draws: a crossed design, whose mean has the sum of the variances
    of the draws' means and of the classifiers' means. Both contain the chance of single verdicts,
    which is taken out of the latter (Brennan 2001, section 5.1).

    Attributes:
        value: the share, a mean over draws and classifiers.
        draw_error: its standard error from the draws, or from whatever was repeated.
        classifier_error: its standard error from the classifiers; 0 if the share does not depend
            on them, or if there is only one.
        freedom: degrees of freedom of the sum of both variances (Satterthwaite 1946); few
            classifiers estimate theirs poorly.
        draws: the number of independent draws.
        classifiers: how many classifiers judged them; 1 if none was needed.
    """

    value: float
    draw_error: float
    classifier_error: float
    freedom: float
    draws: int
    classifiers: int

    @classmethod
    def of(cls, hits: ArrayLike, per: int = 1) -> "Share":
        """The share of hits among draws (n,), or (K, n) if K classifiers judged them; ``per``
        successive entries, such as the points of one line, belong to one draw.

        Half a hit and half a miss are added to the variance, so that 0 of n does not count as
        certain.
        """
        table = np.atleast_2d(np.asarray(hits, dtype=np.float64))
        table = table.reshape(len(table), -1, per).mean(axis=2)  # (K, draws)
        each = np.append(table.mean(axis=0), [0.0, 1.0])  # (draws + 2,)
        weights = np.append(np.ones(len(each) - 2), [0.5, 0.5])
        middle = np.average(each, weights=weights)
        spread = np.average(np.square(each - middle), weights=weights)
        return cls._crossed(table, float(spread) / table.shape[1])

    @classmethod
    def mean(cls, values: ArrayLike) -> "Share":
        """The mean of shares (S,) or (K, S) of S models trained with different seeds, judged by K
        classifiers.

        Raises:
            ValueError: there are fewer than two models.
        """
        table = np.atleast_2d(np.asarray(values, dtype=np.float64))
        if table.shape[1] < 2:
            raise ValueError("an interval over seeds needs at least two models")
        return cls._crossed(table, _variance_of_mean(table.mean(axis=0)))

    @classmethod
    def _crossed(cls, table: np.ndarray, of_draws: float) -> "Share":
        """The mean of a table (K, n), given its variance from the n draws."""
        rows, columns = table.shape
        of_rows = chance = 0.0
        if min(rows, columns) > 1:
            means = table.mean(axis=1)
            rest = table - means[:, None] - table.mean(axis=0) + table.mean()
            of_rows = _variance_of_mean(means)
            chance = float(np.square(rest).sum()) / ((rows - 1) * (columns - 1) * rows * columns)
        total = of_draws + max(0.0, of_rows - chance)
        doubt = of_draws**2 / max(1, columns - 1) + of_rows**2 / max(1, rows - 1)
        return cls(
            value=float(table.mean()),
            draw_error=math.sqrt(of_draws),
            classifier_error=math.sqrt(max(0.0, of_rows - chance)),
            freedom=max(1.0, total**2 / doubt) if doubt else math.inf,
            draws=columns,
            classifiers=rows,
        )

    @property
    def standard_error(self) -> float:
        """Of both sources together."""
        return math.hypot(self.draw_error, self.classifier_error)

    @property
    def half(self) -> float:
        """Half the width of the 95 % interval, by Student's t."""
        quantile = float(stdtrit(min(self.freedom, 1e9), (1 + CONFIDENCE) / 2))
        return quantile * self.standard_error


def _variance_of_mean(values: np.ndarray) -> float:
    """The variance of the mean of independent values (n,)."""
    return float(np.var(values, ddof=1)) / len(values)
