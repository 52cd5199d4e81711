"""Information: how probable a model finds images, and what its code says about them."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.measures.surgery import Surgery, elbo_surgery
from explorer.components.rate_curve import rate_curve
from explorer.figures import collapse_meter, kl_bars
from explorer.models.latent import Codes
from explorer.pages import _parts as parts
from explorer.pages._collapse import forecast, prediction
from explorer.pages._evidence import show_evidence
from explorer.pages._posterior import show_true_posterior
from explorer.runs.checkpoints import Checkpoint
from explorer.runs.series import find_series, kl_weight
from explorer.session import Setting
from explorer.specs import CheckpointSpec

TITLE, PATH = "Information", "information"

EVIDENCE, POSTERIOR, SURGERY, TIME, RATE = (
    "Evidence",
    "True posterior",
    "What the KL buys",
    "Over training",
    "Rate and distortion",
)
CONFIG = {"displayModeBar": False}


def render() -> None:
    """The page."""
    specs = parts.readable_checkpoints()
    with st.columns([3, 4])[0]:
        checkpoint = parts.choose_checkpoint(Setting.INFORMED_MODEL, specs, "mnist-vae")
    st.markdown(parts.describe(checkpoint.spec))
    names = [EVIDENCE, POSTERIOR, SURGERY, TIME, RATE]
    for tab, name in zip(session.tabs(Setting.INFORMATION_TAB, names), names, strict=True):
        if tab.open:
            with tab:
                if name == EVIDENCE:
                    show_evidence(checkpoint, _look_at)
                elif name == POSTERIOR:
                    show_true_posterior(checkpoint)
                elif name == SURGERY:
                    _surgery(checkpoint)
                elif name == TIME:
                    _over_training(checkpoint)
                else:
                    _rate_and_distortion(specs, checkpoint)
    session.await_later()


def _look_at(checkpoint: Checkpoint, image: int) -> None:
    """Open the true posterior of a held-out image."""
    session.write_pins(
        Setting.INFORMATION_PINS, [parts.image_pin(parts.pad_plane(checkpoint), image)]
    )
    session.set_widget(Setting.INFORMATION_TAB, POSTERIOR)


def _surgery(checkpoint: Checkpoint) -> None:
    """The KL term in two parts, and by dimension."""
    model, codes = checkpoint.model, checkpoint.codes
    if not model.stochastic:
        st.info("A deterministic encoder has no posterior, hence no KL term to take apart.")
        return
    if len(model.levels) > 1 or model.needs_label:
        st.info("The prior of this model is not N(0, I): its KL cannot be taken apart like this.")
        return
    found = _taken_apart(checkpoint.spec.digest, codes, "grid" if model.levels == (2,) else "draws")
    if found is None:
        st.info("The posteriors of this model are not finite: there is nothing to take apart.")
        return
    numbers = []
    for title, value, meaning in (
        ("KL", found.kl, "E[KL(q(z|x) ‖ p(z))]: what a code costs."),
        ("Mutual information", found.information, "I_q(x; z): what a code says about its image."),
        ("Aggregate beside prior", found.marginal, "KL(q(z) ‖ p(z)): cost that says nothing."),
    ):
        error = "" if value == found.kl else f" ± {found.error:.2f}"
        numbers.append((title, f"{value:.2f}{error}", "nats", meaning))
    parts.show_numbers(numbers)
    most = np.log(found.images)
    by = "on a grid" if found.by == "grid" else "from one draw per image"
    st.markdown(
        f"KL **{found.kl:.2f}** = information **{found.information:.2f}** + mismatch "
        f"**{found.marginal:.2f}** nats. {found.images:,} images could be told apart with "
        f"{most:.2f} nats; this code holds {100 * max(found.information, 0) / most:.0f} % of that."
    )
    st.caption(
        f"ELBO surgery (Hoffman & Johnson 2016) of the held-out images' posteriors, {by}. Active "
        f"units: {parts.measured(checkpoint.spec, 'active_units'):g} of {model.latent_dim}."
    )
    mean, scale = codes.mean.astype(np.float64), codes.scale.astype(np.float64)
    kl = (0.5 * (mean**2 + scale**2 - 1) - np.log(scale)).mean(axis=0)
    st.plotly_chart(kl_bars(kl), config=CONFIG)


@session.cached
def _taken_apart(digest: str, _codes: Codes, by: str) -> Surgery | None:
    try:
        return elbo_surgery(_codes.mean, _codes.scale, by)
    except ValueError:
        return None


def _over_training(checkpoint: Checkpoint) -> None:
    """When dimensions came to life and died."""
    spec, model = checkpoint.spec, checkpoint.model
    if not model.stochastic:
        st.info("An autoencoder without a KL term does not collapse by it.")
        return
    predicted, why = prediction(spec.run.dataset, spec.run.model)
    if predicted is None:
        st.caption(why)
    else:
        alive = sum(threshold > kl_weight(spec) for threshold in predicted)
        st.markdown(
            f"{forecast(predicted.tolist())} It ended at β = {kl_weight(spec):g}, where theory "
            f"lets **{alive}** of {model.latent_dim} live; measured: "
            f"**{parts.measured(spec, 'active_units'):g}** active units."
        )
    thresholds = None if predicted is None else predicted.tolist()
    st.plotly_chart(collapse_meter(checkpoint.history, thresholds), config=CONFIG)
    st.caption(
        "Above, the KL of each dimension on the validation images: one near 0 has collapsed. "
        "Below, the KL weight as it rose, and dashed where the images' covariance says that each "
        "dimension dies (Lucas et al. 2019)."
    )


def _rate_and_distortion(specs: dict[str, CheckpointSpec], checkpoint: Checkpoint) -> None:
    """The series that the model belongs to; a pick on the curve opens another of its models."""
    for series in find_series(specs).values():
        names = [spec.name for spec in series]
        if checkpoint.spec.name in names:
            break
    else:
        st.info(
            "This model is in no series: a sweep over the KL weight, such as one from the page "
            "Train, has a curve of rate and distortion."
        )
        return
    rate_curve(
        [parts.measured(spec, "kl") for spec in series],
        [parts.measured(spec, "reconstruction") for spec in series],
        [kl_weight(spec) for spec in series],
        current=names.index(checkpoint.spec.name),
        key=f"information curve of {names[0]}",
        on_pick=lambda index: session.set_widget(Setting.INFORMED_MODEL, names[index]),
    )
    st.caption(
        "What a code costs (rate, KL) against what is lost (distortion, −E log p(x|z)), in nats "
        "per test image (Alemi et al. 2018). Their sum is −ELBO; drag the ring to open another "
        "model of the series."
    )
