"""The evidence log p(x), the inference gap and multimodal posteriors, summed over cells."""

import numpy as np

from explorer.analysis.information.evidence import Evidence, exact_evidence, undefined
from explorer.analysis.information.grid import Grid
from explorer.analysis.measures.base import Measure, mean_of
from explorer.analysis.subject import Subject, first_reason, needs_images, needs_posterior

MOST_IMAGES = 10_000


def evidence_of(subject: Subject) -> Evidence:
    """The evidence of up to MOST_IMAGES held-out images."""
    grid = Grid.of(subject.view, subject.codes)
    return exact_evidence(subject.view, subject.test[:MOST_IMAGES].floats(), grid)


def log_evidence(subject: Subject) -> np.ndarray:
    """log p(x) of each held-out image, (n,) nats."""
    return subject.once(evidence_of).nats


def inference_gap(subject: Subject) -> np.ndarray:
    """log p(x) − ELBO of each held-out image, (n,) nats."""
    return subject.once(evidence_of).gap


def _split(subject: Subject) -> np.ndarray:
    return 100.0 * (subject.once(evidence_of).hills > 1)


def _why_not(subject: Subject) -> str | None:
    return undefined(subject.view)


LOG_EVIDENCE = Measure(
    name="log_evidence",
    title="log p(x)",
    unit="nats per image",
    help="The evidence log ∫ p(x|z) p(z) dz, summed over cells as small as each image needs. It "
    "may be positive, since a density can exceed 1. Comparable only for the same likelihood and σ.",
    compute=mean_of(log_evidence),
    cost="seconds",
    undefined=first_reason(needs_images, _why_not),
    each=log_evidence,
)
INFERENCE_GAP = Measure(
    name="inference_gap",
    title="Inference gap",
    unit="nats per image",
    help="log p(x) − ELBO = KL(q(z|x) ‖ p(z|x)): how far the encoder's posteriors are from the "
    "true posteriors (Cremer et al. 2018).",
    compute=mean_of(inference_gap),
    cost="seconds",
    undefined=first_reason(needs_images, _why_not, needs_posterior),
    each=inference_gap,
)
SPLIT_POSTERIORS = Measure(
    name="split_posteriors",
    title="Multimodal posteriors",
    unit="% of images",
    help="Images whose true posterior p(z|x) has two or more modes: codes far apart explain the "
    "image, and a single Normal covers only one of the modes.",
    compute=mean_of(_split),
    cost="seconds",
    undefined=first_reason(needs_images, _why_not),
)
