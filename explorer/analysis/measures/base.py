"""The contract of a measure, and what measures share while one model is evaluated."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from explorer.datasets import ImageDataset
from explorer.models import Model
from explorer.models.latent import Codes, device_of, encode_images
from explorer.specs import Measured
from explorer.training.loop import evaluate_losses
from explorer.training.progress import LossValues


class Evaluation:
    """One model on one data set. What several measures need is computed once, when first asked.

    Attributes:
        model: the model under test.
        dataset: its images; results are about ``dataset.test``.
    """

    def __init__(self, model: Model, dataset: ImageDataset) -> None:
        self.model = model
        self.dataset = dataset

    @cached_property
    def codes(self) -> Codes:
        """Codes of the test images."""
        return encode_images(self.model, self.dataset.test)

    @cached_property
    def train_codes(self) -> Codes:
        """Codes of the training images."""
        return encode_images(self.model, self.dataset.train)

    @cached_property
    def losses(self) -> LossValues:
        """Loss terms on the test images at KL weight 1, one seeded draw of z per image."""
        return evaluate_losses(self.model, self.dataset.test.to(device_of(self.model)))


@dataclass(frozen=True)
class Measure:
    """A number about a model.

    Attributes:
        name: the name in files and on the command line.
        title: the name shown to people.
        unit: what it is counted in.
        help: one line that says what it means.
        compute: from an evaluation to the value.
        undefined: why it is not defined for a model, or None if it is.
        decimals: how many to show.
    """

    name: str
    title: str
    unit: str
    help: str
    compute: Callable[[Evaluation], float]
    undefined: Callable[[Model], str | None] = lambda model: None
    decimals: int = 2

    def format(self, measured: Measured | None) -> str:
        """The value as people read it, an en dash where there is none."""
        if measured is None or measured.value is None:
            return "–"
        return f"{measured.value:.{self.decimals}f}"


def needs_posterior(model: Model) -> str | None:
    """Why a measure of q(z|x) has no value for a deterministic encoder."""
    return None if model.stochastic else "a deterministic encoder has no posterior, hence no KL"
