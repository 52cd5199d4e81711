"""The negative evidence lower bound (Kingma & Welling 2014, equation 3), at KL weight 1."""

from explorer.analysis.measures import losses
from explorer.analysis.measures.base import Measure, mean_of
from explorer.analysis.subject import first_reason, needs_images

MEASURE = Measure(
    name="neg_elbo",
    title="−ELBO",
    unit="nats per image",
    help="Reconstruction + KL, both with weight 1 whatever the KL weight of training: an upper "
    "bound on −log p(x). It may be negative, since a density can exceed 1. Comparable only for "
    "the same likelihood and σ.",
    compute=mean_of(losses.neg_elbo),
    scope="model",
    undefined=first_reason(needs_images, losses.needs_elbo),
    each=losses.neg_elbo,
    expert=True,
)
