"""A model that trains step by step at a constant rate, and follows what is set meanwhile."""

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
# Adam's memory of squared gradients must be short: turning the KL weight from 300 to 1 makes them
# 10⁵ times smaller, and with the usual 0.999 it would take 10,000 steps until anything moves again.
BETAS = (0.9, 0.95)
NEWBORN_LOG_VARIANCE = -4.0
# How much more a dimension must say than one that is shown to take its place: no flicker.
_CLEARLY_MORE = 1.3


@dataclass(frozen=True, eq=False)
class Sight:
    """The model on the held-out images: losses at the present KL weight, codes, decoder."""

    losses: LossValues
    codes: Codes
    decoder: DenseDecoder
    shown: tuple[int, int]


class Learner:
    """Trains one model without end. It draws from torch's global generator, which it seeds.

    Attributes:
        controls: what it trains with.
        model: the model, on the CPU.
        step: optimiser steps since its weights were drawn.
        notice: what went wrong last, or nothing.
    """

    def __init__(self, dataset: ImageDataset, controls: Controls) -> None:
        torch.set_flush_denormal(True)  # a collapsed model is full of them, and they are slow
        self._train, self._held_out = dataset.train, dataset.test
        self._pixels = dataset.train.floats()  # (N, C, H, W)
        self.batches = len(self._pixels) // BATCH  # an epoch's; the odd rest sits it out
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

    # ---- what it is told

    def follow(self, controls: Controls) -> None:
        """Train with these controls from now on; a new seed starts anew, all else goes on."""
        before, self.controls = self.controls, controls
        if controls.seed != before.seed:
            self._begin(controls)
        elif controls.model != self.model.spec:
            # σ is nowhere in the weights, and one model hands them all to the other.
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

    # ---- what it does

    def learn(self) -> None:
        """One optimiser step on one batch.

        If the loss is not finite, the weights go back to the last good ones instead.
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

    def look(self) -> Sight:
        """How the model stands with the held-out images."""
        losses = self._evaluate()
        if not losses.finite:
            self._go_back()
            losses = self._evaluate()
        view = self.model.view()
        codes = encode_images(view, self._held_out)
        decoder = view.dense_decoder()
        assert decoder is not None, "all models offered have one"
        self._shown = two_of_most_worth(self._worth(codes, losses), self._shown)
        return Sight(losses, codes, decoder, self._shown)

    def _evaluate(self) -> LossValues:
        return evaluate_losses(self.model, self._held_out, self.controls.kl_weight)

    def _worth(self, codes: Codes, losses: LossValues) -> np.ndarray:
        """How much each dimension says, (d,): its KL, or without one the variance of its codes."""
        if self.model.capabilities.stochastic:
            return np.array(losses.kl[0])
        return codes.mean.var(axis=0)

    # ---- if it goes wrong

    def _remember(self) -> None:
        """The weights are good, unless they are not finite (the loss before the last step was)."""
        weights = self.model.state_dict()
        if all(value.isfinite().all() for value in weights.values()):
            self._good = {name: value.clone() for name, value in weights.items()}
            self._good_step = self.step

    def _go_back(self) -> None:
        self.notice = (
            f"The loss became infinite or no number at step {self.step:,}: "
            f"training went on from the weights of step {self._good_step:,}."
        )
        self.model.load_state_dict(self._good)
        self.step = self._good_step
        self._forget_moments()


@torch.no_grad()
def carry_over(old: Model, new: Model, kept: Sequence[int]) -> None:
    """Give a new model the weights of an old one with other latent dimensions or another family.

    The networks must be alike but for the encoder's last layer and the decoder's first. New
    dimensions of a VAE are born with little noise: as wide as the prior they would be noise to the
    decoder, and be given up before they say anything.

    Args:
        old: the model that was trained.
        new: a fresh model; where it has nothing to take over it stays so.
        kept: dimensions of the old model that become the first ones of the new, in order.
    """
    head = f"encoder.layers.{2 * len(new.spec.widths)}."
    before, after = old.state_dict(), new.state_dict()
    for name, value in after.items():
        if name.startswith(head):
            # All means, then, of a VAE, all log variances: (1 or 2, d, …).
            rows = value.view(-1, new.spec.latent_dim, *value.shape[1:])
            known = before[name].view(-1, old.spec.latent_dim, *value.shape[1:])
            if name.endswith("bias"):
                rows[1:] += NEWBORN_LOG_VARIANCE
            parts = min(len(rows), len(known))
            rows[:parts, : len(kept)] = known[:parts, list(kept)]
        elif name == "decoder.layers.0.weight":
            value[:, : len(kept)] = before[name][:, list(kept)]
        else:
            value.copy_(before[name])


def two_of_most_worth(worth: np.ndarray, shown: tuple[int, int]) -> tuple[int, int]:
    """The two dimensions to show: those shown, until another says clearly more."""
    weaker, other = sorted(shown, key=lambda dimension: worth[dimension])
    best = max((i for i in range(len(worth)) if i not in shown), key=lambda i: worth[i], default=-1)
    if best < 0 or worth[best] <= _CLEARLY_MORE * worth[weaker] + 0.01:
        return shown
    first, second = sorted((best, other))
    return two_of_most_worth(worth, (first, second))
