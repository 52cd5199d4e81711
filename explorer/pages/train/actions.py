"""What a visitor does with the jobs of the Train page: follow, resume and remove them."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from explorer import session
from explorer.background.jobs.job import Job
from explorer.background.jobs.limits import TooMuch
from explorer.background.jobs.owners import Refused, owner_of
from explorer.datasets import DatasetUnavailable
from explorer.runs.checkpoints import CheckpointError
from explorer.runs.unfinished import load_unfinished
from explorer.session.words import plain
from explorer.specs import NamedRun

SHOWN_JOBS = 12


def follow(job: Job, tab: str) -> None:
    """Show this job in detail in a tab from now on."""
    st.session_state[_key(tab)] = job.number


def followed_in(tab: str) -> int | None:
    """The number of the job that is followed in a tab, if there is one."""
    number: int | None = st.session_state.get(_key(tab))
    return number


def _key(tab: str) -> str:
    return f"the job that is looked at in {tab}"


def may(job: Job) -> bool:
    """Whether the visitor may change a job. The board checks it again."""
    return session.visitor().may(job.owner)


def _is_open(name: str) -> bool:
    """Whether the visitor may resume or delete what has that name."""
    return session.visitor().may(owner_of(name))


def ask(action: Callable[..., None], *what: Any) -> None:
    """Do something in the name of the visitor, or say why it cannot be done."""
    try:
        action(*what, session.visitor())
    except (Refused, CheckpointError) as error:
        st.toast(plain(error))


def again(job: Job, tab: str) -> None:
    """Submit a job again, to resume where it stopped."""
    runs = [NamedRun(name=member.name, run=member.run) for member in job.members]
    _hand_in(tab, job.title, runs, job.sweep, job)


def _hand_in(
    tab: str,
    title: str,
    runs: Sequence[NamedRun],
    sweep: str | None = None,
    instead_of: Job | None = None,
) -> None:
    board = session.board()
    try:
        job = board.submit(session.visitor(), title, runs, sweep=sweep, resume=True)
    except (ValueError, CheckpointError, DatasetUnavailable, TooMuch, Refused) as error:
        st.error(plain(error))
        return
    if instead_of:
        board.forget(instead_of, session.visitor())
    follow(job, tab)
    st.rerun()


def show_resumable(tab: str) -> None:
    """Runs that were interrupted, for example by the end of the server."""
    left = [plan for plan in session.board().left() if _is_open(plan.name)]
    for plan in left[:SHOWN_JOBS]:
        row = st.container(horizontal=True, vertical_alignment="center")
        what = f"a sweep of {len(plan.runs)} models" if plan.sweep else "not started"
        row.markdown(f"**{plan.name}**, {what}", width="stretch")
        if row.button("Resume", key=f"left {plan.name} {plan.sweep}"):
            _hand_in(tab, plan.name, plan.runs, plan.name if plan.sweep else None)
        args = [session.board().forget_plan, plan]
        row.button(
            "Remove",
            key=f"forget {plan.name} {plan.sweep}",
            help="From this list. The epochs that were saved stay, as single runs.",
            on_click=ask,
            args=args,
        )
    planned = {one.name for plan in left for one in plan.runs}
    resumable = session.board().resumable()
    names = [name for name in resumable if name not in planned and _is_open(name)]
    if not names:
        return
    st.markdown("**Stopped runs**, saved after their last finished epoch")
    for name in names[:SHOWN_JOBS]:
        row = st.container(horizontal=True, vertical_alignment="center")
        row.markdown(name, width="stretch")
        if row.button("Resume", key=f"resume {name}"):
            try:
                run = load_unfinished(name).run
            except CheckpointError as error:
                st.error(plain(error))
                continue
            _hand_in(tab, name, [NamedRun(name=name, run=run)])
        args = [session.board().drop, name]
        row.button("Delete", key=f"drop {name}", on_click=ask, args=args)
