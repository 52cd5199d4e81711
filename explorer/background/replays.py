"""Repeats a training run in a child process, so that nothing of it affects the server.

The child gets the run's spec, and sends a message for each moment: the model's weights and the
codes of the held-out images; or the reason why there is none. The loss may diverge, and the run may
take much memory: it is the visitor's, not ours.
"""

import threading
from contextlib import closing

import numpy as np
import safetensors.numpy
import torch

from explorer.background.processes import POLITE, Child, Message, Owner, serve
from explorer.datasets import DatasetUnavailable, load_dataset
from explorer.models import blank_model
from explorer.models.latent import Codes
from explorer.specs import RunSpec
from explorer.training.loop import NonFiniteLoss
from explorer.training.replay import Moment, replay
from explorer.training.threads import use_threads

PATIENCE = 60.0  # seconds that a replay may take
_CODES = ("mean", "scale", "labels")


def replayed(run: RunSpec, patience: float = PATIENCE) -> list[Moment]:
    """The moments of a run, from a child process.

    Raises:
        ValueError: the loss diverged, as in the original run; or the process took too long or was
            killed. The message says which.
    """
    child = Child(__name__, POLITE)
    moments: list[Moment] = []
    late = threading.Timer(patience, child.kill)
    late.start()
    try:
        with closing(child):
            child.send(Message({"run": run.model_dump(mode="json")}))
            for message in child.messages():
                if "failed" in message.head:
                    raise ValueError(message.head["failed"])
                moments.append(_moment(run, message))
            if moments and moments[-1].epoch == run.training.epochs:
                return moments
            if late.finished.is_set():
                raise ValueError(f"it took longer than {patience:.0f} s")
            raise ValueError(child.why_it_ended())
    finally:
        late.cancel()


def _moment(run: RunSpec, message: Message) -> Moment:
    arrays = safetensors.numpy.load(message.body)
    codes = Codes(*(arrays.pop(name) for name in _CODES))
    model = blank_model(run.model)
    weights = {name: torch.from_numpy(array) for name, array in arrays.items()}
    model.load_state_dict(weights, strict=True, assign=True)
    return Moment(message.head["epoch"], model.eval().view(), codes)


def work(owner: Owner) -> None:
    """Repeat the run and send its moments."""
    use_threads(1)
    run = RunSpec.model_validate(owner.inbox.get().head["run"])
    try:
        for moment in replay(run, load_dataset(run.dataset)):
            state = moment.view.model.state_dict()
            arrays = {name: value.contiguous().numpy() for name, value in state.items()}
            arrays |= {name: np.ascontiguousarray(getattr(moment.codes, name)) for name in _CODES}
            owner.send(Message({"epoch": moment.epoch}, safetensors.numpy.save(arrays)))
    except (NonFiniteLoss, DatasetUnavailable) as error:
        owner.send(Message({"failed": str(error)}))


if __name__ == "__main__":
    serve(work)
