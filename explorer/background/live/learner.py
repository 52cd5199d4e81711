"""Trains a model step by step at a constant learning rate, and adapts to changed controls."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from explorer.background.live.controls import BATCH, Controls
from explorer.datasets import ImageDataset
from explorer.models import DenseDecoder, Model, build_model
from explorer.models.latent import Codes, encode_images
from explorer.training.loop import evaluate_losses
from explorer.training.progress import LossValues

LEARNING_RATE = 5e-3
# β₂ is small: reducing the KL weight from 300 to 1 makes squared gradients 10⁵ times smaller, and
# with the usual 0.999 the weights would hardly move for 10,000 steps.
BETAS = (0.9, 0.95)
NEW_LOG_VARIANCE = -4.0
# A dimension replaces a shown one only if it is worth this many times as much, to avoid flicker.
_HYSTERESIS = 1.3


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The losses at the current KL weight and the codes of the held-out images, and the decoder."""

    losses: LossValues
    codes: Codes
    decoder: DenseDecoder
    shown: tuple[int, int]


class Learner:
    """Trains one model continuously. It seeds and uses torch's global generator.

    Attributes:
        controls: the current controls.
        model: the model, on the CPU.
        step: optimiser steps since its weights were initialised.
        notice: describes the last problem; empty if there was none.
    """

    def __init__(self, dataset: ImageDataset, controls: Controls) -> None:
        torch.set_flush_denormal(True)  # a collapsed model has many denormals, which are slow
        self._train, self._held_out = dataset.train, dataset.test
        self._pixels = dataset.train.floats()  # (N, C, H, W)
        self.batches = len(self._pixels) // BATCH  # per epoch; an incomplete last batch is skipped
        self._begin(controls)

    def _begin(self, controls: Controls) -> None:
        self.controls = controls
        self.step = 0
        self.notice = ""
        self._shown = (0, 1)
        torch.manual_seed(controls.seed)
        self._use(build_model(controls.model, controls.seed))

    def _use(self, model: Model) -> None:
        self.model = model
        self._forget_moments()
        self._remember()

    def _forget_moments(self) -> None:
        self._optimiser = torch.optim.Adam(
            self.model.parameters(), lr=LEARNING_RATE, betas=BETAS, fused=True
        )

    # ---- controls

    def follow(self, controls: Controls) -> None:
        """Train with these controls from now on; only a new seed restarts training."""
        before, self.controls = self.controls, controls
        if controls.seed != before.seed:
            self._begin(controls)
        elif controls.model != self.model.spec:
            # σ is not part of the weights, so a new σ keeps them all.
            self._rebuild(controls)

    def _rebuild(self, controls: Controls) -> None:
        old, dimensions = self.model, controls.latent_dim
        if (controls.family, dimensions) == (old.spec.family, old.spec.latent_dim):
            old.spec = controls.model
            return
        worth = self._worth(
            encode_images(old.view(), self._held_out), evaluate_losses(old, self._held_out)
        )
        kept = sorted(np.argsort(-worth, kind="stable")[:dimensions].tolist())
        new = build_model(controls.model, controls.seed)
        carry_over(old, new, kept)
        places = {dimension: place for place, dimension in enumerate(kept)}
        shown = [places[dimension] for dimension in self._shown if dimension in places]
        others = [place for place in range(dimensions) if place not in shown]
        first, second = sorted([*shown, *others][:2])
        self._shown = (first, second)
        self._use(new)

    # ---- training and evaluation

    def learn(self) -> None:
        """Make one optimiser step on one batch.

        If the loss is not finite, restore the last good weights instead.
        """
        place = self.step % self.batches
        if place == 0:
            self._order = torch.randperm(len(self._pixels))
        index = self._order[place * BATCH : (place + 1) * BATCH]
        self.model.train()
        labels = self._train.labels[index]
        losses = self.model.loss(self._pixels[index], labels, self.controls.kl_weight)
        if not math.isfinite(losses.total.item()):
            self._go_back()
            return
        losses.total.backward()
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        self.step += 1
        if self.step % self.batches == 0:
            self._remember()

    def evaluate(self) -> Evaluation:
        """Evaluate the model on the held-out images."""
        losses = self._losses()
        if not losses.finite:
            self._go_back()
            losses = self._losses()
        view = self.model.view()
        codes = encode_images(view, self._held_out)
        decoder = view.dense_decoder()
        assert decoder is not None, "all models offered have one"
        self._shown = dimensions_to_show(self._worth(codes, losses), self._shown)
        return Evaluation(losses, codes, decoder, self._shown)

    def _losses(self) -> LossValues:
        return evaluate_losses(self.model, self._held_out, self.controls.kl_weight)

    def _worth(self, codes: Codes, losses: LossValues) -> np.ndarray:
        """What each dimension is worth, (d,): its KL, or for an AE the variance of its codes."""
        if self.model.capabilities.stochastic:
            return np.array(losses.kl[0])
        return codes.mean.var(axis=0)

    # ---- recovery from a loss that is not finite

    def _remember(self) -> None:
        """Save the weights if they are finite (the loss before the last step was)."""
        weights = self.model.state_dict()
        if all(value.isfinite().all() for value in weights.values()):
            self._good = {name: value.clone() for name, value in weights.items()}
            self._good_step = self.step

    def _go_back(self) -> None:
        self.notice = (
            f"The loss became infinite or NaN at step {self.step:,}: training continued from the "
            f"weights of step {self._good_step:,}."
        )
        self.model.load_state_dict(self._good)
        self.step = self._good_step
        self._forget_moments()


@torch.no_grad()
def carry_over(old: Model, new: Model, kept: Sequence[int]) -> None:
    """Copy the weights of an old model to one with other latent dimensions or another family.

    The networks must differ only in the encoder's last layer and the decoder's first. New
    dimensions of a VAE start with a small variance: with that of the prior, the decoder would see
    only noise, and the dimension would collapse before it carries information.

    Args:
        old: the trained model.
        new: a new model; weights without a counterpart in the old one are left as they are.
        kept: dimensions of the old model that become the first ones of the new model, in order.
    """
    head = f"encoder.layers.{2 * len(new.spec.widths)}."
    before, after = old.state_dict(), new.state_dict()
    for name, value in after.items():
        if name.startswith(head):
            # (1 or 2, d, …): the means and, for a VAE, the log variances.
            rows = value.view(-1, new.spec.latent_dim, *value.shape[1:])
            known = before[name].view(-1, old.spec.latent_dim, *value.shape[1:])
            if name.endswith("bias"):
                rows[1:] += NEW_LOG_VARIANCE
            parts = min(len(rows), len(known))
            rows[:parts, : len(kept)] = known[:parts, list(kept)]
        elif name == "decoder.layers.0.weight":
            value[:, : len(kept)] = before[name][:, list(kept)]
        else:
            value.copy_(before[name])


def dimensions_to_show(worth: np.ndarray, shown: tuple[int, int]) -> tuple[int, int]:
    """The two dimensions to show: the current ones, unless another is clearly worth more."""
    weaker, other = sorted(shown, key=lambda dimension: worth[dimension])
    best = max((i for i in range(len(worth)) if i not in shown), key=lambda i: worth[i], default=-1)
    if best < 0 or worth[best] <= _HYSTERESIS * worth[weaker] + 0.01:
        return shown
    first, second = sorted((best, other))
    return dimensions_to_show(worth, (first, second))
