"""KL(q(z|x) ‖ p(z)): the rate."""

import numpy as np

from explorer.analysis.information.surgery import kl_per_image
from explorer.analysis.information.surgery import undefined as no_parts
from explorer.analysis.measures import losses
from explorer.analysis.measures.base import Measure, mean_of
from explorer.analysis.subject import Subject, first_reason, needs_images


def each(subject: Subject) -> np.ndarray:
    """KL of each held-out image, (n,) nats; from the stored codes if the images are missing."""
    if subject.dataset is None:
        return kl_per_image(subject.view, subject.all_codes)
    return losses.kl(subject)


def _needs_images(subject: Subject) -> str | None:
    """Codes suffice for the KL if the model has a single latent space whose densities are known;
    otherwise images are needed."""
    model = subject.model
    codes_suffice = len(model.capabilities.kl_groups) == 1 and not model.controls()
    return None if codes_suffice and no_parts(subject.view) is None else needs_images(subject)


MEASURE = Measure(
    name="kl",
    title="KL",
    unit="nats per image",
    help="The rate KL(q(z|x) ‖ p(z)): how far an image's posterior is from the prior, "
    "which is what its code costs. A collapsed model has 0.",
    compute=mean_of(each),
    scope="model",
    undefined=first_reason(losses.needs_kl, _needs_images),
    each=each,
)
