"""The negative evidence lower bound (Kingma & Welling 2014, equation 3), at KL weight 1."""

from explorer.analysis.measures import losses
from explorer.analysis.measures.base import Measure, mean_of
from explorer.analysis.subject import first_reason, needs_images

MEASURE = Measure(
    name="neg_elbo",
    title="−ELBO",
    unit="nats per image",
    help="Reconstruction + KL, an upper bound on −log p(x), whatever KL weight it was trained "
    "with. Comparable within one likelihood and one σ only.",
    compute=mean_of(losses.neg_elbo),
    scope="model",
    undefined=first_reason(needs_images, losses.needs_elbo),
    each=losses.neg_elbo,
)
