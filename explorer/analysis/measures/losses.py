"""Loss terms of each held-out image at KL weight 1; several measures are their means."""

import numpy as np

from explorer.analysis.subject import Subject
from explorer.training.loop import ImageTerms, image_terms


def terms(subject: Subject) -> ImageTerms:
    """Loss terms of all held-out images, each with its own class and one seeded draw of z."""
    return subject.once(_terms)


def _terms(subject: Subject) -> ImageTerms:
    return image_terms(subject.model, subject.images.test.to(subject.view.device))


def reconstruction(subject: Subject) -> np.ndarray:
    """−log p(x|z), (n,) nats."""
    return terms(subject).reconstruction


def kl(subject: Subject) -> np.ndarray:
    """KL over all groups and dimensions, (n,) nats."""
    return np.sum([group.sum(axis=1) for group in terms(subject).kl], axis=0)


def neg_elbo(subject: Subject) -> np.ndarray:
    """−ELBO, (n,) nats."""
    return reconstruction(subject) + kl(subject)


def needs_kl(subject: Subject) -> str | None:
    """For quantities that need a KL term."""
    if subject.model.capabilities.stochastic:
        return None
    return "a deterministic encoder has no posterior, hence no KL"


def needs_elbo(subject: Subject) -> str | None:
    """For quantities that need a loss which bounds −log p(x)."""
    if why := needs_kl(subject):
        return why
    return None if subject.model.capabilities.objective_is_elbo else "its loss is not an ELBO"
