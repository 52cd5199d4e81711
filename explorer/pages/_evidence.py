"""The evidence of held-out images under a model, beside its bounds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.measures import bounds, evidence
from explorer.analysis.measures.bounds import DRAWS, Bounds
from explorer.analysis.measures.evidence import Evidence, Grid
from explorer.datasets import Images
from explorer.figures import gap_histogram
from explorer.models import Model
from explorer.models.latent import decode_means
from explorer.pages import _parts as parts
from explorer.runs.checkpoints import Checkpoint
from explorer.session import Setting

COUNTS = ["1000", "10000"]
SIDES = ["200", "400"]  # of the grid
SHOWN = 8  # images with the largest gap, and as many with two hills
TILE_WIDTH = 96  # CSS pixels
TOO_COARSE = 0.1  # nats by which half of the places may change log p(x)

LookAt = Callable[[Checkpoint, int], None]


@dataclass(frozen=True)
class Judged:
    """What a model says of the first held-out images."""

    bounds: Bounds
    evidence: Evidence | None


def show_evidence(checkpoint: Checkpoint, look_at: LookAt) -> None:
    """log p(x) by an exact sum, its bounds, and the images whose posterior fits worst.

    Args:
        checkpoint: the model.
        look_at: opens the true posterior of an image.
    """
    model = checkpoint.model
    if why := bounds.undefined(model):
        st.info(f"No evidence here: {why}. Choose a variational autoencoder.")
        return
    dataset = parts.local_dataset(checkpoint.spec)
    if dataset is None:
        return
    choices = [count for count in COUNTS if int(count) < len(dataset.test)]
    choices = [*choices, str(len(dataset.test))] if len(choices) < len(COUNTS) else choices
    count_column, side_column, _ = st.columns([2, 2, 4])
    with count_column:
        count = int(session.pick(Setting.JUDGED_IMAGES, "Held-out images", choices, _thousands))
    with side_column:
        side = int(session.pick(Setting.PLACES, "Places in the plane", SIDES, lambda s: f"{s}²"))
    images, codes = dataset.test[:count], checkpoint.codes
    grid = Grid.over(codes.mean, codes.scale, side)
    outcome = session.later(
        ("evidence", checkpoint.spec.digest, count, side), lambda: judge(model, images, grid)
    )
    if not outcome.ready or outcome.value is None:
        st.info(outcome.trouble or f"Summing {count:,} images over {grid.side}² places …")
        return
    _numbers(outcome.value, model, grid)
    exact = outcome.value.evidence
    if exact:
        gaps = exact.nats - outcome.value.bounds.elbo
        _worst(checkpoint, images, gaps, exact, look_at)


def judge(model: Model, images: Images, grid: Grid) -> Judged:
    """Bounds, and the exact evidence where it is defined."""
    exact = evidence.undefined(model) is None
    return Judged(
        bounds.bounds(model, images),
        evidence.exact_evidence(model, images.floats(), grid) if exact else None,
    )


def _thousands(count: str) -> str:
    return f"{int(count):,}"


def _numbers(judged: Judged, model: Model, grid: Grid) -> None:
    found, exact = judged.bounds, judged.evidence
    told = [
        ("ELBO", found.elbo, "E[log p(x|z)] − KL: what training maximises at KL weight 1."),
        (
            f"IWAE({DRAWS})",
            found.iwae,
            f"The importance-weighted bound of {DRAWS} draws (Burda et al. 2016).",
        ),
    ]
    if exact:
        told += [
            ("log p(x)", exact.nats, "The evidence itself, summed over the plane."),
            ("Gap", exact.nats - found.elbo, "log p(x) − ELBO = KL(q(z|x) ‖ p(z|x))."),
        ]
    parts.show_numbers(
        (title, f"{x.mean():.2f} ± {x.std() / np.sqrt(len(x)):.2f}", "nats per image", meaning)
        for title, x, meaning in told
    )
    if exact is None:
        st.caption(
            f"No exact sum here: {evidence.undefined(model)}. log p(x) lies above both bounds."
        )
        return
    st.caption(
        f"log p(x) = log ∫ p(x|z) p(z) dz, summed over {grid.side}² places: "
        f"**{exact.nats.mean():.3f}**; half of them give {exact.by_half.mean():.3f}, a quarter "
        f"{exact.by_quarter.mean():.3f}. ± is the standard error of the mean over images."
    )
    if np.median(exact.error) > TOO_COARSE:
        st.warning(
            "The posteriors are narrower than the grid's cells: log p(x) is not exact here. Take "
            "more places, or trust the importance-weighted bound."
        )


def _worst(
    checkpoint: Checkpoint, images: Images, gaps: np.ndarray, exact: Evidence, look_at: LookAt
) -> None:
    """Where q(z|x) fits worst, and where it cannot fit: two hills."""
    st.plotly_chart(gap_histogram(gaps), config={"displayModeBar": False})
    largest = np.argsort(-gaps)[:SHOWN]
    st.markdown("**The largest gaps.** Each image, what its code gives back, and its gap in nats.")
    _row(checkpoint, images, largest, [f"{gaps[i]:.1f}" for i in largest], "gap", look_at)
    split = np.flatnonzero(exact.hills > 1)
    if not len(split):
        st.caption(f"None of these {len(images):,} images has a true posterior of two hills.")
        return
    st.markdown(
        f"**Two hills.** {len(split):,} of {len(images):,} images could have come from either of "
        "two places; an ellipse covers but one."
    )
    shown = split[np.argsort(-gaps[split])][:SHOWN]
    _row(checkpoint, images, shown, [f"{gaps[i]:.1f}" for i in shown], "hills", look_at)


def _row(
    checkpoint: Checkpoint,
    images: Images,
    chosen: np.ndarray,
    labels: list[str],
    kind: str,
    look_at: LookAt,
) -> None:
    back = decode_means(checkpoint.model, checkpoint.codes.mean[chosen])
    row = st.container(horizontal=True, gap="xsmall")
    for index, label, decoded in zip(chosen.tolist(), labels, back, strict=True):
        with row.container(width=TILE_WIDTH, gap="xsmall"):
            pair = np.stack([images[index : index + 1].floats()[0].numpy(), decoded])
            parts.show_png(parts.mosaic_png(pair, 1))
            st.button(
                label,
                key=f"{kind} {checkpoint.spec.name} {index}",
                help="See its true posterior",
                width="stretch",
                on_click=look_at,
                args=(checkpoint, index),
            )
