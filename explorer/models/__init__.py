"""Model families. To add one, write a new file and add a line to FAMILIES."""

import torch
from pydantic import ValidationError

from explorer.models.ae import AE
from explorer.models.ae_l2 import AEL2
from explorer.models.base import Capabilities, Losses, Model, Terms
from explorer.models.denoising_ae import DenoisingAE
from explorer.models.dense import DenseDecoder
from explorer.models.likelihoods import LIKELIHOODS, Likelihood
from explorer.models.networks import NETWORKS
from explorer.models.posteriors import Level
from explorer.models.vae import VAE
from explorer.models.view import Control, NotDefined, View
from explorer.specs import ModelSpec, explain

__all__ = [
    "FAMILIES",
    "LIKELIHOODS",
    "NETWORKS",
    "Capabilities",
    "Control",
    "DenseDecoder",
    "Level",
    "Likelihood",
    "Losses",
    "Model",
    "NotDefined",
    "Terms",
    "View",
    "blank_model",
    "build_model",
    "check_model_spec",
]

FAMILIES: dict[str, type[Model]] = {
    "ae": AE,
    "ae-l2": AEL2,
    "denoising-ae": DenoisingAE,
    "vae": VAE,
}


def check_model_spec(spec: ModelSpec) -> None:
    """Check the names in a spec against the registries, and the options against the family.

    Raises:
        ValueError: an unknown name or an invalid option; the message names it and the known ones.
    """
    registries = (("family", FAMILIES), ("likelihood", LIKELIHOODS), ("network", NETWORKS))
    for field, registry in registries:
        name = getattr(spec, field)
        if name not in registry:
            raise ValueError(f"{field}: {name!a} is unknown; known are {', '.join(registry)}")
    if spec.network == "conv" and not spec.widths:
        raise ValueError("widths: a conv network needs at least one stage")
    try:
        FAMILIES[spec.family].Options.model_validate(spec.options)
    except ValidationError as error:
        raise ValueError(f"options.{explain(error)}") from None


def build_model(spec: ModelSpec, seed: int = 0) -> Model:
    """A newly initialised model on the CPU; its weights depend only on the spec and the seed.

    Raises:
        ValueError: as ``check_model_spec``.
    """
    check_model_spec(spec)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return FAMILIES[spec.family](spec)


def blank_model(spec: ModelSpec) -> Model:
    """A model without memory for its weights, to query its properties cheaply, however large it is.

    Raises:
        ValueError: as ``check_model_spec``.
    """
    check_model_spec(spec)
    with torch.device("meta"):
        return FAMILIES[spec.family](spec)
