"""Minimal model families that the contract of views must support, for tests only.

To add one, add a file and a line in TOYS."""

from explorer.models import Model
from tests.support.toys.cvae import ToyCVAE
from tests.support.toys.discrete import ToyDiscrete
from tests.support.toys.hvae import ToyHVAE
from tests.support.toys.learned_prior import ToyLearnedPrior
from tests.support.toys.no_gradients import ToyNoGradients

TOYS: dict[str, type[Model]] = {
    "toy-cvae": ToyCVAE,
    "toy-hvae": ToyHVAE,
    "toy-learned-prior": ToyLearnedPrior,
    "toy-discrete": ToyDiscrete,
    "toy-no-gradients": ToyNoGradients,
}
