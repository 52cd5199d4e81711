"""Expected negative log-likelihood: the distortion (Alemi et al. 2018)."""

from explorer.analysis.measures import losses
from explorer.analysis.measures.base import Measure, mean_of
from explorer.analysis.subject import needs_images

MEASURE = Measure(
    name="reconstruction",
    title="Reconstruction",
    unit="nats per image",
    help="The distortion −E log p(x|z), with z sampled from q(z|x); lower is better. It may be "
    "negative, since a density can exceed 1.",
    compute=mean_of(losses.reconstruction),
    scope="model",
    undefined=needs_images,
    each=losses.reconstruction,
)
