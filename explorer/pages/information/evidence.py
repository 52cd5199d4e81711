"""The evidence of held-out images under a model, and its bounds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.information import bounds, evidence
from explorer.analysis.information.bounds import DRAWS, Bounds
from explorer.analysis.information.evidence import INEXACT, Evidence
from explorer.analysis.information.grid import Grid
from explorer.analysis.measures.evidence import MOST_IMAGES, evidence_of
from explorer.analysis.numerals import numeral
from explorer.analysis.prepared import bounds_of
from explorer.datasets import Images
from explorer.figures import gap_histogram
from explorer.models import View
from explorer.pages.common.charts import show_chart
from explorer.pages.common.images import local_images
from explorer.pages.common.models import Opened
from explorer.pages.common.numbers import show_numbers
from explorer.pages.common.pending import show_pending
from explorer.pages.common.pictures import show_images
from explorer.session import Setting

FEWER = 1000  # images, which take a tenth of the time
SHOWN = 8  # images with the largest gap, and as many with two modes

SECONDS_PER_IMAGE = 1e-3  # first guess

LookAt = Callable[[Opened, int], None]


@dataclass(frozen=True)
class Judged:
    """Bounds and, where it is defined, the evidence of the first held-out images."""

    bounds: Bounds
    evidence: Evidence | None

    def first(self, count: int) -> "Judged":
        """The same for fewer images."""
        return Judged(self.bounds.first(count), self.evidence and self.evidence.first(count))


def show_evidence(opened: Opened, look_at: LookAt) -> None:
    """log p(x) by an exact sum, its bounds, and the images whose posterior fits worst.

    Args:
        opened: the model through its view.
        look_at: opens the true posterior of an image.
    """
    view = opened.view
    if why := bounds.undefined(view):
        st.info(f"The evidence is not available: {why}. Choose a variational autoencoder.")
        return
    if local_images(opened.spec) is None:
        return
    test = opened.subject.test
    most = min(len(test), MOST_IMAGES)
    choices = [str(most), *([str(FEWER)] if most > FEWER else [])]
    count = int(session.pick(Setting.JUDGED_IMAGES, "Held-out images", choices, _thousands))
    images = test[:count]
    outcome = _judged(opened, count)
    if not outcome.ready or outcome.value is None:
        show_pending(f"The evidence of {count:,} images", outcome)
        return
    _numbers(outcome.value, view)
    exact = outcome.value.evidence
    if exact:
        _worst(opened, images, exact, look_at)


def _judged(opened: Opened, count: int) -> session.Outcome[Judged]:
    """Bounds, and the exact evidence where it is defined, of the first held-out images."""
    subject, view = opened.subject, opened.view
    exact = evidence.undefined(view) is None
    wanted = [bounds_of, *([evidence_of] if exact else [])]
    if all(map(subject.has, wanted)):
        found = Judged(subject.once(bounds_of), subject.once(evidence_of) if exact else None)
        return session.Outcome(True, found.first(count))

    def judge() -> Judged:
        images = subject.test[:count]
        grid = Grid.of(view, subject.codes) if exact else None
        return Judged(
            bounds.bounds(view, images),
            evidence.exact_evidence(view, images.floats(), grid) if grid else None,
        )

    return session.later(
        ("evidence", opened.key, count),
        judge,
        like=("evidence", opened.source.name, count),
        guess=SECONDS_PER_IMAGE * count,
    )


def _thousands(count: str) -> str:
    return f"{int(count):,}"


def _numbers(judged: Judged, view: View) -> None:
    found, exact = judged.bounds, judged.evidence
    rows = [
        (
            "ELBO",
            exact.elbo if exact else found.elbo,
            "E[log p(x|z)] − KL: what training maximises at KL weight 1. It may be positive, since "
            "a density can exceed 1.",
        ),
        (
            f"IWAE({DRAWS})",
            found.iwae,
            f"The importance-weighted bound of {DRAWS} draws (Burda et al. 2016).",
        ),
    ]
    if exact:
        rows += [
            (
                "log p(x)",
                exact.nats,
                "The evidence itself, summed over the plane. It may be "
                "positive, since a density can exceed 1.",
            ),
            ("Gap", exact.gap, "log p(x) − ELBO = KL(q(z|x) ‖ p(z|x))."),
        ]
    show_numbers(
        (title, f"{numeral(x.mean())} ± {x.std() / np.sqrt(len(x)):.2f}", "nats per image", meaning)
        for title, x, meaning in rows
    )
    if exact is None:
        st.caption(f"No exact sum: {evidence.undefined(view)}. log p(x) lies above both bounds.")
        return
    known = exact.error[np.isfinite(exact.error)]
    worst = f"by at most {known.max():.2g} nats" if len(known) else "by an unknown amount"
    st.caption(
        "log p(x) = log ∫ p(x|z) p(z) dz, summed over cells as small as each image's posterior "
        f"needs: off {worst} for a single image. ± is the standard error of the mean over images."
    )
    if off := int((exact.error > INEXACT).sum()):
        st.warning(
            f"For {off:,} of {len(exact.error):,} images, log p(x) may be off by more than "
            f"{INEXACT} nats: their posteriors are narrower than the smallest cells or go on "
            "beyond them. The importance-weighted bound lies below log p(x), often by more."
        )


def _worst(opened: Opened, images: Images, exact: Evidence, look_at: LookAt) -> None:
    """The images that q(z|x) fits worst, and those that it cannot fit: posteriors of two modes."""
    gaps = exact.gap
    show_chart(gap_histogram(gaps), f"{opened.file_name}-gaps")
    largest = np.argsort(-gaps)[:SHOWN]
    st.markdown("**The largest gaps**, in nats. Originals above, reconstructions below.")
    # In a view about one class, the judged images are a subset of the held-out images.
    places = opened.subject.places

    def show(chosen: np.ndarray, kind: str) -> None:
        labels = [numeral(gaps[i], ".1f") for i in chosen]
        show_images(opened, places[chosen], labels, kind, "View", "View its true posterior", look)

    def look(place: int) -> None:
        look_at(opened, place)

    show(largest, "gap")
    split = np.flatnonzero(exact.hills > 1)
    if not len(split):
        st.caption(f"None of these {len(images):,} images has a true posterior with two modes.")
        return
    st.markdown(
        f"**Two modes.** {len(split):,} of {len(images):,} images could have come from either of "
        "two places; one ellipse covers only one of them."
    )
    show(split[np.argsort(-gaps[split])][:SHOWN], "hills")
