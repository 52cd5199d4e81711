"""The planes of the Holes page: fields under the codes, and draws that are in a hole or not."""

from collections.abc import Sequence

import numpy as np

from explorer.analysis.fields import FIELDS, HOLE_SIGNALS, SIDE, HomeField
from explorer.analysis.geometry import Box
from explorer.analysis.holes.distributions import HEADLINE
from explorer.analysis.holes.reference import reference_box
from explorer.analysis.holes.scores import draws_under
from explorer.analysis.holes.verdict import HoleSignals, HoleThresholds, find_holes
from explorer.components.latent_pad import Dots, Field, PadPlane
from explorer.pages.common.fields import field_of, pad_field, say_what_lacks
from explorer.pages.common.models import Opened
from explorer.pages.common.pending import about
from explorer.pages.common.planes import pad_plane
from explorer.pages.holes.controls import VERDICT, Controls
from explorer.pages.holes.scores import signals_of
from explorer.session import Outcome

KINDS = (("no hole", "#9ed8c6"), ("hole", "#b0305c"))
DRAWN = 400  # dots in a plane: the first of the draws that are counted
JUDGE = 0  # the classifier that judges fields; single draws and places must agree with them

Found = Sequence[Outcome[HomeField]]


def hole_planes(chosen: Sequence[Opened], controls: Controls) -> list[PadPlane]:
    """The planes of models with the chosen field under their codes and draws above. What is not
    ready or not available is said in captions, and what is not ready also in its plane."""
    names = HOLE_SIGNALS if controls.field == VERDICT else (controls.field,)
    found = [[field_of(opened, name, controls.part) for name in names] for opened in chosen]
    wanted = [(opened, name) for opened in chosen for name in names]
    say_what_lacks(wanted, [outcome for some in found for outcome in some])
    if controls.field == VERDICT:
        thresholds = controls.thresholds
        fields = [_verdict(one, some, thresholds) for one, some in zip(chosen, found, strict=True)]
    else:
        fields = _on_one_scale(chosen, controls.field, [some[0].value for some in found])
    return [
        pad_plane(opened).varied(
            field=field,
            dots=shown_draws(opened, controls.thresholds),
            opening=_opening(opened, controls.part),
            note=_note([*some, signals_of(opened, HEADLINE)]),
        )
        for opened, field, some in zip(chosen, fields, found, strict=True)
    ]


def shown_draws(opened: Opened, thresholds: HoleThresholds) -> Dots | None:
    """Some of the draws that the headline counts, in a hole or not; None until they are judged, and
    without images."""
    signals = signals_of(opened, HEADLINE).value
    if signals is None:
        return None
    holes = find_holes(signals.by(JUDGE), thresholds).hole[:DRAWN]
    return Dots("draws", draws_under(opened.subject)[:DRAWN], holes.astype(int), KINDS)


def _opening(opened: Opened, part: str) -> Box | None:
    """The part of a plane to show first; None for all codes."""
    if part == "home":
        return None
    try:
        return opened.subject.once(reference_box)
    except ValueError:  # no code is finite, which the pad says
        return None


def _note(outcomes: Sequence[Outcome]) -> str:
    """What to say over a plane for which something is still being computed."""
    waiting = [outcome.about for outcome in outcomes if not outcome.ready]
    return f"computing, {about(max(waiting))}" if waiting else ""


def _on_one_scale(
    chosen: Sequence[Opened], name: str, found: Sequence[HomeField | None]
) -> list[Field | None]:
    """A field of FIELDS in each plane, all on one scale; None where it is not ready or not
    available."""
    known = [one.values[np.isfinite(one.values)] for one in found if one]
    numbers = np.concatenate(known) if known else np.zeros(0)
    span = (float(numbers.min()), float(numbers.max())) if len(numbers) else None
    return [
        None if one is None else pad_field(opened, name, one, span)
        for opened, one in zip(chosen, found, strict=True)
    ]


def _verdict(opened: Opened, found: Found, thresholds: HoleThresholds) -> Field | None:
    """Hole or not, as a field; None until all its signals are ready. Signals that are not defined
    are ignored."""
    values = [outcome.value for outcome in found]
    missing = [name for name, one in zip(HOLE_SIGNALS, values, strict=True) if one is None]
    known = [one for one in values if one]
    if not known or not all(FIELDS[name].undefined(opened.subject) for name in missing):
        return None
    nothing = np.full((SIDE, SIDE), np.nan)
    distance, entropy, ratio = (one.values if one else nothing for one in values)
    signals = HoleSignals(distance, entropy, ratio)
    holes = find_holes(signals, thresholds).hole.astype(np.float64)
    # Whoever hunts for holes by the pictures alone must not be told.
    return Field("hole or not", holes, known[0].home, kinds=KINDS, told=False)
