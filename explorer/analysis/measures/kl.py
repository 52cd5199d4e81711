"""KL(q(z|x) ‖ p(z)): the rate."""

from explorer.analysis.measures import losses
from explorer.analysis.measures.base import Measure, mean_of
from explorer.analysis.subject import first_reason, needs_images

MEASURE = Measure(
    name="kl",
    title="KL",
    unit="nats per image",
    help="KL(q(z|x) ‖ p(z)), how much a code says of its image; 0 is a collapsed model.",
    compute=mean_of(losses.kl),
    scope="model",
    undefined=first_reason(needs_images, losses.needs_kl),
    each=losses.kl,
)
