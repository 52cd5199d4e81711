"""The two parts of the KL term: mutual information of images and codes, and the marginal KL."""

from explorer.analysis.information.surgery import MASS_ERROR, Surgery, elbo_surgery, undefined
from explorer.analysis.measures.base import Measure, Value
from explorer.analysis.subject import Subject


def _found(subject: Subject) -> Surgery:
    return elbo_surgery(subject.view, subject.codes)


def _information(subject: Subject) -> Value:
    found = subject.once(_found)
    return Value(found.information, found.error)


def _marginal(subject: Subject) -> Value:
    found = subject.once(_found)
    return Value(found.marginal, found.error)


def _mass(subject: Subject) -> Value:
    mass = subject.once(_found).mass
    if mass is None:
        raise ValueError("in more than two dimensions there is no grid")
    return Value(100 * mass)


def _unseen(value: float) -> str | None:
    if value >= 100 * (1 - MASS_ERROR):
        return None
    return (
        f"A grid sees only {value:.1f} % of the mass of q(z|x), since some posteriors are too "
        "narrow for it; the mutual information is therefore estimated from draws."
    )


def _why_not(subject: Subject) -> str | None:
    return undefined(subject.view)


MUTUAL_INFORMATION = Measure(
    name="mutual_information",
    title="Mutual information",
    unit="nats",
    help="I_q(x; z): how much a code tells about which image it belongs to, the useful part of the "
    "KL term (Hoffman & Johnson 2016). The error includes that few images are held out.",
    compute=_information,
    cost="seconds",
    undefined=_why_not,
)
AGGREGATE_KL = Measure(
    name="aggregate_kl",
    title="KL(q(z) ‖ p(z))",
    unit="nats",
    help="How far the aggregate posterior q(z) is from the prior: the part of the KL term that "
    "tells nothing about an image (Hoffman & Johnson 2016).",
    compute=_marginal,
    expert=True,
    cost="seconds",
    undefined=_why_not,
)
SEEN_MASS = Measure(
    name="seen_mass",
    title="Posterior mass seen by the grid",
    unit="%",
    help="How much of the posteriors' mass a grid over the plane sees, on which the mutual "
    "information is summed: 100 if cells are small enough for all of them.",
    compute=_mass,
    cost="seconds",
    undefined=_why_not,
    concern=_unseen,
    expert=True,
)
