"""What sets each family apart."""

import numpy as np
import pytest
import torch

from explorer.models import Terms, build_model
from explorer.models.base import assemble
from explorer.specs import ModelSpec

X = torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def _model(family: str, **options: float):
    spec = ModelSpec(
        family=family, image_shape=(1, 8, 8), widths=(8,), latent_dim=3, options=options
    )
    return build_model(spec)


def _loss(model, kl_weight: float = 1.0):
    torch.manual_seed(0)
    return model.loss(X, None, kl_weight)


@pytest.mark.parametrize("penalty", [0.0, 0.5, 3.0])
def test_ae_l2_pays_for_the_squared_length_of_its_codes(penalty: float) -> None:
    model = _model("ae-l2", penalty=penalty)
    length = model.encode(X).mean.square().sum(1).mean()
    losses = _loss(model)
    torch.testing.assert_close(losses.penalty, penalty * length)
    plain = _loss(_model("ae"))  # the same seed, the same networks
    assert torch.equal(losses.reconstruction, plain.reconstruction)
    assert plain.penalty == 0


def test_denoising_ae_sees_noise_in_training_alone() -> None:
    noisy, plain = _model("denoising-ae", noise=0.5), _model("ae")
    assert noisy.training
    assert not torch.equal(_loss(noisy).total, _loss(plain).total)
    assert torch.equal(noisy.encode(X).mean, plain.encode(X).mean)
    assert torch.equal(_loss(noisy.eval()).total, _loss(plain).total)


def test_denoising_ae_is_asked_for_the_clean_image() -> None:
    """The loss is the likelihood of x given the code of x + noise, and the noise has its scale."""
    model = _model("denoising-ae", noise=0.5)
    losses = _loss(model)
    torch.manual_seed(0)
    noisy = X + 0.5 * torch.randn_like(X)
    expected = -model.decode(model.encode(noisy).mean).log_prob(X).mean()
    torch.testing.assert_close(losses.total, expected)


@pytest.mark.parametrize("family", ["ae", "ae-l2", "denoising-ae"])
def test_the_kl_weight_means_nothing_to_an_autoencoder(family: str) -> None:
    model = _model(family)
    assert torch.equal(_loss(model, 0.0).total, _loss(model, 100.0).total)


class TestFreeBits:
    """Kingma et al. 2016, equation 15: the mean KL of a dimension below λ nats is not pushed."""

    def test_kl_below_the_free_bits_gives_no_gradient(self) -> None:
        kl = torch.tensor([[0.1, 1.0, 3.0], [0.3, 0.0, 5.0]], requires_grad=True)  # means .2 .5 4
        losses = assemble(Terms(torch.zeros(2), (kl,)), kl_weight=2.0, free_bits=0.6)
        (gradient,) = torch.autograd.grad(losses.total, kl)
        assert torch.equal(gradient, torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]))
        assert losses.total.item() == pytest.approx(2 * (0.6 + 0.6 + 4.0))
        torch.testing.assert_close(losses.kl[0], torch.tensor([0.2, 0.5, 4.0]))

    def test_ample_free_bits_leave_the_gradient_of_the_reconstruction_alone(self) -> None:
        def gradient(kl_weight: float, **options: float) -> list[torch.Tensor]:
            model = _model("vae", **options)
            total = _loss(model, kl_weight).total
            return torch.autograd.grad(total, list(model.encoder.parameters()))

        unweighted = gradient(0.0)
        assert all(map(torch.equal, gradient(1.0, free_bits=100.0), unweighted))
        assert not any(map(torch.equal, gradient(1.0), unweighted))

    def test_no_free_bits_are_the_plain_elbo(self) -> None:
        losses = _loss(_model("vae", free_bits=0.0))
        torch.testing.assert_close(losses.total, losses.reconstruction + losses.kl[0].sum())


@pytest.mark.parametrize("log_variance", [-300.0, -40.0, 25.0, 300.0])
def test_a_posterior_however_narrow_or_wide_can_come_back(log_variance: float) -> None:
    """Every image has a gradient with respect to its log variances, and the loss is finite."""
    model = _model("vae")
    with torch.no_grad():
        model.encoder.layers[-1].bias[3:] += log_variance
    losses = _loss(model)
    losses.total.backward()
    assert torch.isfinite(losses.total)
    towards = model.encoder.layers[-1].bias.grad[3:]
    assert (towards.sign() == np.sign(log_variance)).all()
    assert (towards.abs() > 1e-3).all()
