"""Building a model: the seed decides its weights alone, and a wrong spec is refused by name."""

import pytest
import torch

from explorer.models import FAMILIES, LIKELIHOODS, NETWORKS, Model, build_model, check_model_spec
from explorer.specs import ModelSpec


def _spec(family: str = "vae", **fields: object) -> ModelSpec:
    return ModelSpec(**{"family": family, "image_shape": (1, 8, 8), "widths": (4,), **fields})


def _same(a: Model, b: Model) -> bool:
    return all(map(torch.equal, a.state_dict().values(), b.state_dict().values()))


def test_the_seed_decides_the_weights(family) -> None:
    first, again, other = (build_model(_spec(family), seed) for seed in (3, 3, 4))
    assert _same(first, again)
    assert not _same(first, other)


def test_building_leaves_the_global_generator_alone(family) -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    first = build_model(_spec(family), 3)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(99)
    assert _same(first, build_model(_spec(family), 3))


@pytest.mark.parametrize(
    ("field", "known"), [("family", FAMILIES), ("likelihood", LIKELIHOODS), ("network", NETWORKS)]
)
def test_an_unknown_name_is_refused_beside_those_that_are_known(field, known) -> None:
    with pytest.raises(ValueError, match=rf"^{field}: 'no\\xfc' is unknown; known are ") as error:
        build_model(_spec(**{field: "noü"}))
    assert str(error.value).endswith(", ".join(known))


@pytest.mark.parametrize(
    ("family", "options", "message"),
    [
        ("vae", {"free_bits": -1}, r"^options\.free_bits: .*greater than or equal to 0"),
        ("vae", {"free_bits": "many"}, r"^options\.free_bits: "),
        ("vae", {"penalty": 1.0}, r"^options\.penalty: "),
        ("ae", {"noise": 0.1}, r"^options\.noise: "),
        ("ae-l2", {"penalty": 1e9}, r"^options\.penalty: "),
        ("denoising-ae", {"noise": -0.1}, r"^options\.noise: "),
    ],
)
def test_a_wrong_option_is_refused_by_name(family, options, message) -> None:
    with pytest.raises(ValueError, match=message):
        check_model_spec(_spec(family, options=options))


def test_options_may_come_as_text() -> None:
    model = build_model(_spec("ae-l2", options={"penalty": "2.5"}))
    assert model.options.penalty == 2.5


def test_a_conv_network_needs_a_stage() -> None:
    with pytest.raises(ValueError, match=r"^widths: "):
        check_model_spec(_spec(network="conv", widths=()))
    check_model_spec(_spec(network="mlp", widths=()))
