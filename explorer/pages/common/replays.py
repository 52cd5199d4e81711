"""A short training, repeated from its seed and recorded as a film."""

from functools import partial

from explorer import session
from explorer.background.replays import replayed
from explorer.components.latent_pad import Film, PadPlane
from explorer.datasets import DATASETS
from explorer.models.latent import decode_means
from explorer.pages.common.pending import show_pending
from explorer.pages.common.planes import pad_labels, show_planes
from explorer.specs import CheckpointSpec, RunSpec


def show_replay(spec: CheckpointSpec, height: int | None = None) -> None:
    """The plane as it formed, once its training has been repeated; that must be brief."""
    run = spec.run
    outcome = session.later(("replay", spec.digest), lambda: _recorded(run))
    film = outcome.value
    if film is None:
        show_pending("Its training, again from its seed", outcome)
        return
    show_planes(
        [film],
        DATASETS[run.dataset].classes,
        first_frame=len(film.frames) - 1,
        height=height,
        key=f"replay {spec.name}",
    )


def _recorded(run: RunSpec) -> Film:
    """The moments of a run as a film.

    Raises:
        ValueError: the loss is not finite, as in the original run, or it takes too long.
    """
    moments = replayed(run)
    frames = [
        PadPlane(
            f"after epoch {moment.epoch}" if moment.epoch else "before training",
            moment.codes.mean,
            pad_labels(moment.codes.labels),
            moment.codes.scale if moment.view.stochastic else None,
            decode=partial(decode_means, moment.view),
            decoder=moment.view.dense_decoder(),
            key=f"{run.model_dump_json()} epoch {moment.epoch}",
        )
        for moment in moments
    ]
    return Film(frames, "epoch", [str(moment.epoch) for moment in moments])
