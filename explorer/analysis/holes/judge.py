"""What decoded images and their codes are judged by: real images, classifiers, a density."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from explorer.analysis.classifier import SHIPPED_SEEDS, Classifier
from explorer.analysis.geometry import CodeDensity, CodeKernels
from explorer.analysis.holes.nearest import RealImages, real_images
from explorer.analysis.holes.ratio import code_density, density_of
from explorer.analysis.holes.verdict import HoleSignals
from explorer.analysis.subject import Subject, needs_classes, needs_density
from explorer.models.latent import decode_means, in_batches

LogDensity = Callable[[np.ndarray], np.ndarray]


def classifiers_of(subject: Subject) -> tuple[Classifier, ...]:
    """The classifiers of its data set of all shipped seeds; none if the images have no classes."""
    if needs_classes(subject):
        return ()
    return tuple(subject.classifier_of(seed) for seed in SHIPPED_SEEDS)


def meet_judges(subject: Subject) -> int:
    """Make ready what judges codes of all models of a data set, which takes seconds the first time;
    ``needs_images(subject)`` must be None. Returns the number of classifiers.

    Raises:
        ValueError: the images do not allow it; the message says why.
    """
    real_images(subject.images)
    return len(subject.once(classifiers_of))


@dataclass(frozen=True, eq=False)
class Judge:
    """Judges codes of one view by images that the model was not trained on.

    Attributes:
        subject: the model seen through the view.
        real: the images that decoded ones are compared with.
        density: q(z) of the codes of images, or None if the view has no such density.
        classifiers: judge how clear a class is.
    """

    subject: Subject
    real: RealImages
    density: CodeDensity | CodeKernels | None
    classifiers: tuple[Classifier, ...]

    @classmethod
    def of(cls, subject: Subject) -> "Judge":
        """Judges by all held-out images; ``needs_images(subject)`` must be None.

        Raises:
            ValueError: no code is finite, or no distance between the images is typical.
        """
        density = None if needs_density(subject) else subject.once(code_density)
        judges = subject.once(classifiers_of)
        return cls(subject, real_images(subject.images), density, judges)

    @classmethod
    def by_some(cls, subject: Subject, chosen: np.ndarray) -> "Judge":
        """Judges only by some of the held-out images that the view is about, given by their
        indices; so that those of the others may be used to fit a density."""
        codes = subject.codes[chosen]
        density = None if needs_density(subject) else density_of(codes, subject.view.stochastic)
        real = RealImages.of(subject.test[torch.as_tensor(chosen)])
        return cls(subject, real, density, subject.once(classifiers_of))

    def signals(
        self,
        codes: np.ndarray,
        log_density: LogDensity | None = None,
        own: np.ndarray | None = None,
        per: int = 1,
    ) -> HoleSignals:
        """The signals of holes at codes z (n, d).

        Args:
            codes: the codes.
            log_density: log p(z) of the distribution they were drawn from; None if it has none.
            own: (n,) the index of the real image from which each code was made, if it was: the
                decoded image is not compared with it.
            per: how many successive codes belong to one draw.
        """
        ratio = None
        if self.density is not None and log_density is not None:
            ratio = self.density.log(codes) - log_density(codes)
        view, unknown = self.subject.view, np.full(len(codes), np.nan, np.float32)
        distances, entropies, start = [unknown[:0]], [], 0
        for part in in_batches(view, codes):
            images = decode_means(view, part)
            mine = None if own is None else own[start : start + len(part)]
            distances.append(self.real.relative(images, mine))
            entropies.append([one.entropy(images) for one in self.classifiers])
            start += len(part)
        return HoleSignals(
            distance=np.concatenate(distances).astype(np.float32),
            entropy=np.concatenate(entropies, axis=1).astype(np.float32)
            if self.classifiers and start
            else unknown[None],
            log_ratio=unknown if ratio is None else ratio.astype(np.float32),
            per=per,
        )
