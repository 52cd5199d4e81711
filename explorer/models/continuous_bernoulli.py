"""The continuous Bernoulli distribution, also accurate for saturated logits."""

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints

# Below this |η|/2 the closed forms lose digits; a few series terms are exact in float32.
_SMALL = 0.3


class ContinuousBernoulli(Distribution):
    """p(x) = exp(ηx − A(η)) on [0, 1], A(η) = log((e^η − 1)/η) (Loaiza-Ganem & Cunningham 2019).

    torch.distributions.ContinuousBernoulli clamps λ = σ(η) to float32's [ε, 1 − ε]. Beyond
    |η| ≈ 16, which a digit's always-black pixels soon exceed, its density no longer integrates to
    one (0.53 at |η| = 30). In terms of η everything is smooth: A = η/2 + log(sinh u / u) with
    u = |η|/2.
    """

    arg_constraints = {"logits": constraints.real}  # noqa: RUF012
    support = constraints.unit_interval

    def __init__(self, logits: Tensor) -> None:
        self.logits = logits
        super().__init__(logits.shape, validate_args=False)

    def _half(self) -> tuple[Tensor, Tensor, Tensor]:
        """u = |η|/2, whether it is small, and u clamped away from 0 for the closed forms, whose
        gradients would otherwise be NaN even where the series is used."""
        u = self.logits.abs() / 2
        small = u < _SMALL
        return u, small, u.clamp(min=_SMALL)

    def log_prob(self, value: Tensor) -> Tensor:
        u, small, large = self._half()
        square = u.square()
        series = square * (1 / 6 - square * (1 / 180 - square / 2835))
        closed = large + torch.log1p(-torch.exp(-2 * large)) - torch.log(2 * large)
        return self.logits * (value - 0.5) - torch.where(small, series, closed)

    @property
    def mean(self) -> Tensor:
        """A′(η) = (1 + coth u − 1/u) / 2, odd around one half."""
        u, small, large = self._half()
        square = u.square()
        series = u * (1 / 3 - square * (1 / 45 - square * (2 / 945 - square / 4725)))
        closed = 1 / torch.tanh(large) - 1 / large
        return 0.5 + 0.5 * self.logits.sign() * torch.where(small, series, closed)

    @property
    def variance(self) -> Tensor:
        """A″(η) = (1/u² − 1/sinh² u) / 4."""
        u, small, large = self._half()
        square = u.square()
        series = 1 / 3 - square * (1 / 15 - square * (2 / 189 - square / 675))
        # 1/sinh² u, from exponentials that cannot overflow.
        inverse = 4 * torch.exp(-2 * large) / torch.expm1(-2 * large).square()
        return torch.where(small, series, large.pow(-2) - inverse) / 4

    def icdf(self, value: Tensor) -> Tensor:
        """log(1 + v(e^η − 1))/η, mirrored for η > 0, where e^η overflows."""
        mirrored = self.logits > 0
        share = torch.where(mirrored, 1 - value, value)
        tiny = self.logits.abs() < 1e-5  # here x = v, up to η/8
        slope = torch.where(tiny, torch.full_like(self.logits, -1.0), -self.logits.abs())
        x = torch.where(tiny, share, torch.log1p(share * torch.expm1(slope)) / slope)
        return torch.where(mirrored, 1 - x, x)
