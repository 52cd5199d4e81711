"""The Train page: one model, a sweep over KL weights, or live training; and all jobs."""

from collections.abc import Callable

import streamlit as st

from explorer import session
from explorer.background import fork_server
from explorer.background.jobs.limits import TooMuch
from explorer.background.jobs.owners import Refused
from explorer.datasets import DATASETS, DatasetUnavailable
from explorer.pages.common.heading import show_heading
from explorer.pages.train.actions import follow
from explorer.pages.train.form import run_form, show_objective
from explorer.pages.train.guide import show_guide
from explorer.pages.train.jobs import show_jobs
from explorer.pages.train.live import render_live
from explorer.runs.checkpoints import CheckpointError
from explorer.runs.sweeps import plan_sweep, sweep_names
from explorer.runs.train import free_name
from explorer.runs.unfinished import unfinished_names
from explorer.session import Setting
from explorer.session.words import plain
from explorer.specs import NamedRun, RunSpec, check_name, read_numbers
from explorer.training.estimate import estimated_memory, estimated_seconds, size_of
from explorer.training.hardware import device_warning

TITLE, PATH = "Train", "train"
PURPOSE = "Train a model of your own and watch its plane form."

ONE, SWEEP, LIVE = "One model", "KL-weight sweep", "Live on the digits"
MINUTE = 60.0
START_UP = 3.0  # seconds until the first process is training
FIRST_WEIGHTS = "0, 0.3, 1, 3, 10, 30"


def render() -> None:
    """The page."""
    show_heading(PURPOSE)
    fork_server.prepare()  # while the visitor reads the form
    one, sweep, live = session.tabs(Setting.LAB_TAB, [ONE, SWEEP, LIVE])
    if live.open:
        with live:
            render_live()
        return
    with one if one.open else sweep:
        form_column, jobs_column = st.columns([2, 3], gap="large")
        with form_column:
            if one.open:
                _one()
            else:
                _sweep()
        with jobs_column:
            show_jobs(ONE if one.open else SWEEP, sweeps=not one.open)
        show_guide()
    session.await_later()


def _one() -> None:
    run = run_form(Setting.RUN)
    if run is None:
        return
    name = st.text_input(
        "Name",
        _free(f"{run.dataset}-{run.model.family}"),
        help="Name of the checkpoint: lower-case letters, digits and single '.', '_' or '-'.",
    )
    fits = _say_size([run])
    if st.button("Train", type="primary", width="stretch", disabled=not fits):
        _submit(name, lambda: [NamedRun(name=check_name(name), run=run)])
    show_objective(run)


def _sweep() -> None:
    run = run_form(Setting.SWEPT_RUN, without=("kl_weight", "seed"))
    if run is None:
        return
    left, right = st.columns(2)
    weights = left.text_input(
        "KL weights β", FIRST_WEIGHTS, help="Separated by commas; one model is trained for each."
    )
    seeds = right.text_input("Seeds", "0", help="Each weight is trained with each seed.")
    name = st.text_input(
        "Name",
        _free(f"{run.dataset}-{run.model.family}-sweep"),
        help="Name of the sweep; its checkpoints are called NAME-beta-WEIGHT.",
    )
    try:
        runs = plan_sweep(
            name, run, read_numbers("KL weights", weights), read_numbers("Seeds", seeds, int)
        )
    except ValueError as error:
        st.error(plain(error))
        return
    fits = _say_size([one.run for one in runs])
    label = f"Train {len(runs)} models"
    if st.button(label, type="primary", width="stretch", disabled=not fits):
        _submit(name, lambda: runs, sweep=name)
    show_objective(run)


def _free(stem: str) -> str:
    """A free name to suggest."""
    return free_name(stem, {*session.board().busy(), *unfinished_names(), *sweep_names()})


def _say_size(runs: list[RunSpec]) -> bool:
    """Say how much the training will take; returns whether that is within the limits."""
    source, board = DATASETS[runs[0].dataset], session.board()
    threads = board.threads(len(runs))
    seconds = estimated_seconds(runs[0], source.training_images, threads) * len(runs) + START_UP
    about = f"{seconds:.0f} s" if seconds < 2 * MINUTE else f"{seconds / MINUTE:,.0f} min"
    memory = estimated_memory(runs[0], source.training_images) / 1e9
    st.caption(
        f"About {about} on this machine if nothing else is running: {runs[0].training.epochs:,} "
        f"passes over {source.training_images:,} images"
        + (f", {len(runs)} models" if len(runs) > 1 else "")
        + f". {size_of(runs[0].model).parameters:,} parameters, about {memory:.1f} GB of memory.",
        help=board.limits.in_words(),
    )
    if warning := device_warning():
        st.caption(warning)
    try:
        board.check(session.visitor(), runs)
    except ValueError as error:
        st.error(plain(error))
        return False
    return True


def _submit(title: str, runs: Callable[[], list[NamedRun]], sweep: str | None = None) -> None:
    """Submit the runs, or show why they cannot be submitted."""
    try:
        job = session.board().submit(session.visitor(), title, runs(), sweep=sweep)
    except (ValueError, CheckpointError, DatasetUnavailable, TooMuch, Refused) as error:
        st.error(plain(error))
        return
    follow(job, SWEEP if sweep else ONE)
