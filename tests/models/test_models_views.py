"""The contract of views, over every view of every family and toy."""

import re

import numpy as np
import pytest
import torch

from explorer.models import LIKELIHOODS, NETWORKS, NotDefined
from explorer.models.latent import decode_means

N = 400


@pytest.fixture(params=NETWORKS)
def case(request, make_case, family):
    """A model of each family in evaluation mode, with each network."""
    case = make_case(family, network=request.param, latent_dim=3)
    case.model.eval()
    return case


def test_codes_and_images_have_their_shapes(case) -> None:
    n, shape = len(case.x), case.model.spec.image_shape
    random = np.random.default_rng(0)
    for view in case.views():
        assert view.image_shape == shape
        level = view.encode(case.x, case.label)
        assert level.mean.shape == level.width.shape == (n, view.dim)
        assert (level.width > 0).all() if view.stochastic else (level.width == 0).all()
        assert view.sample_posterior(case.x, random, case.label).shape == (n, view.dim)
        for decoded in (view.decode(level.mean), view.decode_draw(level.mean, random)):
            assert decoded.mean.shape == (n, *shape)
            assert decoded.log_prob(case.x).shape == (n,)


def test_an_image_has_one_code_whatever_else_is_encoded(case) -> None:
    """No noise is used, and no other image of the batch has a say."""
    before = torch.get_rng_state()
    for view in case.views():
        first, again = (view.encode(case.x, case.label).mean for _ in range(2))
        assert torch.equal(first, again)
        alone = view.encode(case.x[2:3], case.label[2:3]).mean
        torch.testing.assert_close(alone, first[2:3])
    assert torch.equal(torch.get_rng_state(), before)


def test_without_labels_a_view_about_a_class_takes_all_images_for_that_class(case) -> None:
    for view in case.views():
        alike = view.encode(case.x, case.labels_for(view)).mean
        assert torch.equal(view.encode(case.x).mean, alike)
        if view.about is not None:
            other = torch.full_like(case.label, (view.about + 1) % 4)
            assert not torch.equal(view.encode(case.x, other).mean, alike)


def test_views_that_share_a_key_of_codes_share_the_codes(case) -> None:
    seen: dict[str, torch.Tensor] = {}
    for view in case.views():
        codes = view.encode(case.x, case.label).mean
        assert torch.equal(seen.setdefault(view.codes_key, codes), codes)


def test_draws_come_from_the_generator_they_are_given(case) -> None:
    before = torch.get_rng_state()
    for view in case.views():
        draws = [
            view.sample_posterior(case.x, np.random.default_rng(seed), case.label)
            for seed in (0, 0, 1)
        ]
        assert torch.equal(draws[0], draws[1])
        assert torch.equal(draws[0], draws[2]) != view.stochastic
        z = view.encode(case.x, case.label).mean
        below = [view.decode_draw(z, np.random.default_rng(seed)).mean for seed in (0, 0)]
        assert torch.equal(*below)
        if view.no_sample_prior is None:
            cold, warm = (view.sample_prior(5, np.random.default_rng(0), t) for t in (0.5, 1.0))
            assert not torch.equal(cold, warm)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_posterior_is_the_normal_that_encode_gives_unless_it_says_otherwise(case) -> None:
    for view in case.views():
        if view.no_posterior:
            continue
        level = view.encode(case.x, case.label)
        random = np.random.default_rng(0)
        draws = torch.stack([view.sample_posterior(case.x, random, case.label) for _ in range(N)])
        error = 5 * level.width / N**0.5
        assert ((draws.mean(0) - level.mean).abs() < error).all()
        torch.testing.assert_close(draws.std(0), level.width, rtol=0.25, atol=0)


def test_draws_from_the_prior_have_its_density(case) -> None:
    """The mean log density of draws is minus the entropy of the Normal with their moments, which
    all closed priors here are."""
    for view in case.views():
        if view.no_log_prior or view.no_sample_prior:
            continue
        z = view.sample_prior(20_000, np.random.default_rng(0)).detach()
        found = view.log_prior(z).mean().item()
        spread = z.double().std(0)
        entropy = (0.5 * np.log(2 * np.pi * np.e) + spread.log()).sum().item()
        assert found == pytest.approx(-entropy, abs=0.05)
        if view.standard_prior:
            expected = torch.distributions.Normal(0.0, 1.0).log_prob(z.double()).sum(1)
            torch.testing.assert_close(view.log_prior(z), expected)
        else:
            assert not torch.allclose(z.mean(0), torch.zeros(view.dim), atol=0.05)


def test_what_is_not_there_is_refused_with_the_reason_that_was_given(case) -> None:
    for view in case.views():
        z = view.encode(case.x, case.label).mean
        asked = [
            (view.no_log_prior, lambda view=view, z=z: view.log_prior(z)),
            (
                view.no_sample_prior,
                lambda view=view: view.sample_prior(2, np.random.default_rng(0)),
            ),
        ]
        for reason, ask in asked:
            if reason is None:
                ask()
            else:
                with pytest.raises(NotDefined, match=re.escape(reason)):
                    ask()


def test_where_a_view_is_the_whole_model_its_elbo_is_the_models(make_case, family) -> None:
    """log p(x|z) + log p(z) − log q(z|x) of a view, against the model's own weights."""
    case = make_case(family)
    case.model.eval()
    for view in case.views():
        if view.no_likelihood or view.no_log_prior or view.no_posterior:
            continue
        labels = case.labels_for(view)
        level = view.encode(case.x, labels)
        z = view.sample_posterior(case.x, np.random.default_rng(0), labels)
        own = view.decode(z).log_prob(case.x).double() + view.log_prior(z)
        own = own - level.log_posterior(z)
        whole = case.model.log_weights(case.x, labels, np.random.default_rng(0))
        torch.testing.assert_close(own, whole, rtol=1e-5, atol=1e-4)


def test_weights_average_to_the_elbo_of_the_loss(make_case, family) -> None:
    case = make_case(family)
    case.model.eval()
    if not case.model.capabilities.stochastic:
        with pytest.raises(NotDefined):
            case.model.log_weights(case.x, case.label, np.random.default_rng(0))
        return
    random = np.random.default_rng(0)
    weights = torch.stack(
        [case.model.log_weights(case.x, case.label, random).detach() for _ in range(N)]
    )
    losses = [case.loss(seed=seed) for seed in range(N)]
    elbos = torch.stack([-(one.reconstruction + torch.cat(one.kl).sum()) for one in losses])
    elbos = elbos.detach()
    error = 5 * (weights.mean(1).std() ** 2 + elbos.std() ** 2) ** 0.5 / N**0.5
    assert abs(weights.mean() - elbos.mean()) < error


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("activation", ["relu", "silu", "tanh"])
def test_a_dense_decoder_draws_what_the_view_decodes(make_case, family, likelihood, activation):
    case = make_case(family, likelihood=likelihood, activation=activation, latent_dim=3)
    for view in case.views():
        dense = view.dense_decoder()
        if dense is None:
            continue
        z = view.encode(case.x, case.label).mean.detach().numpy()
        values = z
        for index, (weight, bias) in enumerate(dense.layers):
            values = values @ weight.T + bias
            if index < len(dense.layers) - 1:
                values = {
                    "relu": lambda v: np.maximum(v, 0),
                    "silu": lambda v: v / (1 + np.exp(-v)),
                    "tanh": np.tanh,
                }[dense.activation](values)
        if dense.link == "sigmoid":
            values = 1 / (1 + np.exp(-values))
        elif dense.link == "continuous-bernoulli":
            continue  # the browser's tests hold that one
        expected = decode_means(view, z)
        np.testing.assert_allclose(values.reshape(expected.shape), expected, rtol=1e-4, atol=1e-5)


class TestChoices:
    def test_defaults_are_filled_in_and_options_kept(self, make_case, family) -> None:
        model = make_case(family).model
        view = model.view()
        assert dict(view.choices) == {c.name: c.default for c in model.controls()}
        assert view.key == ",".join(f"{c.name}:{c.default}" for c in model.controls())
        for control in model.controls():
            assert control.accepts(control.default)
            for option in control.options:
                assert model.view(None, **{control.name: option}).choices[control.name] == option

    @pytest.mark.parametrize("choice", ["77", "-1", "", " 1", "01", "1.0", "one", "1" * 500])
    def test_an_unknown_option_is_refused(self, make_case, choice: str) -> None:
        model = make_case("toy-cvae").model
        with pytest.raises(ValueError, match=r"class: .* is unknown; known are 0, 1, 2, 3"):
            model.view(None, **{"class": choice})

    def test_an_unknown_control_is_refused(self, make_case, family) -> None:
        with pytest.raises(ValueError, match="'colour' is not a control of this model"):
            make_case(family).model.view(None, colour="1")

    @pytest.mark.parametrize("choice", ["5", "0"])
    def test_an_anchor_takes_any_index(self, make_case, choice: str) -> None:
        case = make_case("toy-discrete")
        view = case.model.view(case.images, around=choice)
        assert view.choices["around"] == choice

    @pytest.mark.parametrize("choice", ["-1", "x", "", "00", "１"])
    def test_but_nothing_else(self, make_case, choice: str) -> None:
        with pytest.raises(ValueError, match="around"):
            make_case("toy-discrete").model.view(None, around=choice)

    def test_what_stands_around_a_token_is_that_of_the_image_chosen(self, make_case) -> None:
        case = make_case("toy-discrete")
        z = torch.zeros(1, 2)
        pictures = [case.model.view(case.images, around=str(k)).decode(z).mean for k in range(6)]
        assert any(not torch.equal(pictures[0], other) for other in pictures[1:])
