"""The Information page: how probable images are under a model, and what its codes say."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.information import surgery
from explorer.analysis.numerals import numeral
from explorer.components.rate_curve import rate_curve
from explorer.figures import collapse_meter, kl_bars
from explorer.pages.common.charts import show_chart
from explorer.pages.common.heading import show_heading
from explorer.pages.common.models import (
    Opened,
    choose_checkpoint,
    introduce,
    is_missing,
    readable_checkpoints,
)
from explorer.pages.common.numbers import measured, show_health, show_numbers
from explorer.pages.common.pending import show_pending
from explorer.pages.common.planes import image_pin, pad_plane
from explorer.pages.common.thresholds import forecast, prediction
from explorer.pages.information.evidence import show_evidence
from explorer.pages.information.posterior import show_true_posterior
from explorer.runs.series import find_series, kl_weight
from explorer.session import Setting
from explorer.specs import CheckpointSpec

TITLE, PATH = "Information", "information"
PURPOSE = "See how probable images are under a model, and what its codes say about them."

EVIDENCE, POSTERIOR, SURGERY, TIME, RATE = (
    "Evidence",
    "True posterior",
    "What the KL buys",
    "Over training",
    "Rate and distortion",
)


def render() -> None:
    """The page."""
    show_heading(PURPOSE)
    specs = readable_checkpoints()
    with st.columns([3, 4])[0]:
        checkpoint = choose_checkpoint(Setting.INFORMED_MODEL, specs, "mnist-vae")
    opened = introduce(checkpoint)
    show_health(opened)
    names = [EVIDENCE, POSTERIOR, SURGERY, TIME, RATE]
    for tab, name in zip(session.tabs(Setting.INFORMATION_TAB, names), names, strict=True):
        if tab.open:
            with tab:
                if name == EVIDENCE:
                    show_evidence(opened, _look_at)
                elif name == POSTERIOR:
                    show_true_posterior(opened)
                elif name == SURGERY:
                    _surgery(opened)
                elif name == TIME:
                    _over_training(opened)
                else:
                    _rate_and_distortion(specs, opened)
    session.await_later()


def _look_at(opened: Opened, image: int) -> None:
    """Open the true posterior of a held-out image."""
    session.write_pins(Setting.INFORMATION_PINS, [image_pin(pad_plane(opened), image)])
    session.set_widget(Setting.INFORMATION_TAB, POSTERIOR)


def _surgery(opened: Opened) -> None:
    """The KL term in two parts, and by dimension."""
    if is_missing("What the KL buys", surgery.undefined(opened.view)):
        return
    view, codes = opened.view, opened.subject.codes
    outcome = session.later(
        ("surgery", opened.key),
        lambda: surgery.elbo_surgery(view, codes),
        like=("surgery", opened.source.name),
    )
    if outcome.value is None:
        show_pending("Both parts of the KL", outcome)
        return
    found = outcome.value
    numbers = []
    for title, value, meaning in (
        ("KL", found.kl, "E[KL(q(z|x) ‖ p(z))]: what a code costs."),
        ("Mutual information", found.information, "I_q(x; z): what a code says about its image."),
        ("Marginal KL", found.marginal, "KL(q(z) ‖ p(z)): a cost that says nothing."),
    ):
        error = "" if value == found.kl else f" ± {found.error:.2f}"
        numbers.append((title, f"{numeral(value)}{error}", "nats", meaning))
    show_numbers(numbers)
    most = np.log(max(2, found.images))
    by = "on a grid" if found.by == "grid" else "from one draw per image"
    seen = "" if found.mass is None else f" The grid sees {100 * found.mass:.1f} % of their mass."
    st.markdown(
        f"KL **{found.kl:.2f}** = information **{numeral(found.information)}** + mismatch "
        f"**{numeral(found.marginal)}** nats. To tell {found.images:,} images apart takes "
        f"{most:.2f} nats; this code holds {100 * max(found.information, 0) / most:.0f} % of that. "
        f"Information lies between {numeral(found.low)} (an image is among those that it is told "
        f"from) and {found.high:.2f} nats (it is not): the fewer images, the wider."
    )
    st.caption(
        f"ELBO surgery (Hoffman & Johnson 2016) of the held-out images' posteriors, {by}.{seen} "
        f"Active units: {measured(opened.spec, 'active_units'):g} of {opened.view.dim}."
    )
    if view.standard_prior:
        mean, scale = codes.mean.astype(np.float64), codes.scale.astype(np.float64)
        kl = (0.5 * (mean**2 + scale**2 - 1) - np.log(scale)).mean(axis=0)
        show_chart(kl_bars(kl), f"{opened.file_name}-kl")


def _over_training(opened: Opened) -> None:
    """When dimensions became active and when they died."""
    spec, model = opened.spec, opened.view.model
    if not model.capabilities.stochastic:
        st.info("This model has no KL term, so it cannot collapse in this way.")
        return
    predicted, note = prediction(spec.run.dataset, spec.run.model)
    if predicted is not None:
        alive = sum(threshold > kl_weight(spec) for threshold in predicted)
        st.markdown(
            f"{forecast(predicted.tolist())} Training ended at β = {kl_weight(spec):g}, where "
            f"theory predicts that **{alive}** of {opened.view.dim} are alive; measured: "
            f"**{measured(spec, 'active_units'):g}** active units."
        )
    if note:
        st.caption(note)
    thresholds = None if predicted is None else predicted.tolist()
    show_chart(
        collapse_meter(opened.checkpoint.history, thresholds), f"{opened.file_name}-over-training"
    )
    st.caption(
        "Top: the KL of each dimension on the validation images; a dimension near 0 has collapsed. "
        "Bottom: the KL weight during training and, dashed, the weights at which the images' "
        "covariance predicts that dimensions die (Lucas et al. 2019)."
    )


def _rate_and_distortion(specs: dict[str, CheckpointSpec], opened: Opened) -> None:
    """The series that the model belongs to; a pick on the curve opens another of its models."""
    for series in find_series(specs).values():
        names = [spec.name for spec in series]
        if opened.name in names:
            break
    else:
        st.info(
            "This model is not part of a series. A sweep over the KL weight, such as one from the "
            "Train page, has a rate–distortion curve."
        )
        return
    rate_curve(
        [measured(spec, "kl") for spec in series],
        [measured(spec, "reconstruction") for spec in series],
        [kl_weight(spec) for spec in series],
        current=names.index(opened.name),
        key=f"information curve of {names[0]}",
        on_pick=lambda index: session.set_widget(Setting.INFORMED_MODEL, names[index]),
    )
    st.caption(
        "What a code costs (rate, KL) against what is lost (distortion, −E log p(x|z)), in nats "
        "per test image (Alemi et al. 2018). Their sum is −ELBO; drag the ring to open another "
        "model of the series."
    )
