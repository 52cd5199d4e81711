"""The training process: several runs as one stack, as in a sweep on a CUDA device."""

from __future__ import annotations

from collections import defaultdict
from queue import Queue

import numpy as np
import pytest
import torch

from explorer.background.jobs import child as child_module
from explorer.background.jobs.child import follow
from explorer.background.jobs.home import take_in
from explorer.background.jobs.job import Member, Stage
from explorer.background.jobs.orders import Order, joined, joined_files, parted, parted_files
from explorer.background.processes import Child, Message
from explorer.runs.checkpoints import load_checkpoint, save_files
from explorer.runs.train import train_checkpoint
from explorer.runs.unfinished import unsealed
from explorer.specs import NamedRun
from explorer.training import loop

pytestmark = pytest.mark.slow


def named(run, **weights):
    run = run.replace({"precision": "float32"})
    return tuple(
        NamedRun(name=name, run=run.replace({"kl_weight": weight}))
        for name, weight in weights.items()
    )


@pytest.fixture
def child():
    process = Child("explorer.background.jobs.child")
    yield process
    process.close()


def heard(child, order, states=()):
    """Send an order and collect all messages, by run and kind."""
    lengths, body = joined(list(states) or [b""] * len(order.runs))
    child.send(Message({"order": order.model_dump(mode="json"), "states": lengths}, body))
    told = defaultdict(list)
    for message in child.messages():
        if message.head["kind"] == "end":
            return told
        told[message.head["run"], message.head["kind"]].append(message)
    raise AssertionError(child.why_it_ended())


def test_a_stack_gives_the_same_results_as_single_runs(child, tiny_run, digits, tmp_path):
    order = Order(runs=named(tiny_run, weak=0.1, strong=9.0))
    told = heard(child, order)
    for index, one in enumerate(order.runs):
        (trained,) = told[index, "checkpoint"]
        files = parted_files(trained.head["files"], trained.body)
        save_files(tmp_path / "stacked", one.name, files)
        for _ in train_checkpoint(tmp_path / "alone", one.name, one.run, digits):
            pass
        stacked = load_checkpoint(tmp_path / "stacked" / one.name)
        alone = load_checkpoint(tmp_path / "alone" / one.name)
        np.testing.assert_allclose(stacked.codes.mean, alone.codes.mean, atol=2e-3)
        assert [record.epoch for record in stacked.history] == [1, 2, 3]
        assert told[index, "frame"], "no frame was sent"


def test_a_stopped_stack_sends_its_last_epochs_and_can_be_resumed(child, tiny_run):
    runs = named(tiny_run.replace({"epochs": 100_000}), weak=0.1, strong=9.0)
    order = Order(runs=runs, ticket="this")
    lengths, body = joined([b"", b""])
    child.send(Message({"order": order.model_dump(mode="json"), "states": lengths}, body))
    states, epochs = {}, 0
    for message in child.messages():
        head = message.head
        epochs += head["kind"] == "progress"
        if epochs == 2:
            child.send(Message({"kind": "stop", "ticket": "the one before"}))
        if epochs == 6:
            child.send(Message({"kind": "stop", "ticket": "this"}))
        if head["kind"] == "state":
            states[head["run"]] = message.body
        if head["kind"] == "end":
            break
    stopped = [unsealed(one.name, states[i]) for i, one in enumerate(order.runs)]
    assert 1 < len(stopped[0].history) == len(stopped[1].history) < 100_000

    short = len(stopped[0].history) + 2
    done = [one.run.replace({"epochs": short}) for one in stopped]
    assert [run.training.kl_weight for run in done] == [0.1, 9.0]
    # The same child takes the next order; late messages about the previous one are ignored.
    child.send(Message({"kind": "stop", "ticket": "this"}))
    again = heard(child, order.model_copy(update={"runs": order.runs[:1], "threads": 1}), [b"x"])
    (failed,) = again[0, "failed"]
    assert "truncated or changed" in failed.head["reason"]


class Listener:
    """An owner in this process, who only listens."""

    def __init__(self, *messages: Message) -> None:
        self.inbox: Queue[Message] = Queue()
        self.heard: list[Message] = []
        for message in messages:
            self.inbox.put(message)

    def send(self, message: Message) -> None:
        self.heard.append(message)


@pytest.mark.parametrize(("most", "good"), [(2**40, True), (2**20, False)])
def test_a_process_that_has_grown_large_takes_no_more_orders(monkeypatch, tiny_run, most, good):
    monkeypatch.setattr(child_module, "MOST_IDLE_BYTES", most)
    monkeypatch.setattr(child_module, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(child_module, "follow", lambda *_: True)
    order = Order(runs=named(tiny_run, one=1.0)).model_dump(mode="json")
    owner = Listener(Message({"order": order, "states": [0]}))
    child_module.work(owner)
    assert [message.head for message in owner.heard] == [{"kind": "end", "good": good}]


def test_large_states_are_saved_less_often(monkeypatch, tiny_run):
    """At 1 byte per second, only after the first epoch and at the end."""
    monkeypatch.setattr(child_module, "SAVED_EVERY", 0.0)

    def states(most_bytes: float) -> list[int]:
        monkeypatch.setattr(child_module, "SAVED_BYTES", most_bytes)
        owner = Listener()
        assert follow(owner, Order(runs=named(tiny_run, one=1.0)), [b""])
        return [one.head["epoch"] for one in owner.heard if one.head["kind"] == "state"]

    assert states(1.0) == [1, 3]
    assert states(1e15) == [1, 2, 3, 3]


def test_joined_contents_are_parted_again():
    parts = [b"", b"one", b"", b"two" * 1000]
    assert parted(*joined(parts)) == parts
    files = {"a": b"1", "b": b""}
    assert parted_files(*joined_files(files)) == files


def test_a_device_that_fails_is_named_and_costs_no_run(monkeypatch, tiny_run):
    """``cpu:0`` stands in for a device; its first step raises what a full one raises."""

    class Owner(Listener):
        def send(self, message: Message) -> None:
            take_in(member, message.head, message.body)

    def full(*_):
        monkeypatch.setattr(loop, "make_step", real)
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")

    real = loop.make_step
    monkeypatch.setattr(loop, "best_device", lambda: torch.device("cpu", 0))
    monkeypatch.setattr(loop, "make_step", full)
    (one,) = named(tiny_run, one=1.0)
    member = Member(one.name, one.run)
    assert follow(Owner(), Order(runs=(one,)), [b""])
    assert (member.stage, len(member.history)) == (Stage.DONE, 3)
    assert member.warning == (
        "The device failed, so training continues on the CPU: CUDA out of memory."
    )
