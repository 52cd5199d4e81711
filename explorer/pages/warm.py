"""What a first visitor would wait for, made while the server starts."""

from contextlib import suppress

from explorer import session
from explorer.background.memory import freeze_garbage_collector, give_back
from explorer.pages.common.images import quiet_dataset
from explorer.pages.common.models import default_view
from explorer.pages.common.planes import pad_plane
from explorer.pages.explore.page import prepare
from explorer.runs.checkpoints import CheckpointError

FIRST = ("mnist-vae", "mnist-ae", "mnist-collapsed")  # on pages where nothing was chosen yet


def warm_up() -> None:
    """Fill the server's caches with what pages show first: models, images, planes.

    It does in a thread of its own what the first visit would do, and nothing else: a visitor who
    comes in the meantime waits for what is being made, but for nothing that they do not need.
    """
    session.listed_checkpoints()
    for name in FIRST:
        with suppress(CheckpointError):  # whoever opens it is told
            opened = default_view(session.checkpoint(name))
            quiet_dataset(opened.spec)
            session.stored_numbers(opened.spec)
            pad_plane(opened).pack()
            if name == FIRST[0]:
                prepare(opened)
    freeze_garbage_collector()
    give_back()
