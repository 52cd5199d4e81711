"""The jobs of the Train page: a list of all, one in detail, and the actions on each."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import session
from explorer.background.jobs.job import Job, Member, Stage
from explorer.background.jobs.limits import TooMuch
from explorer.background.jobs.owners import Refused
from explorer.datasets import DATASETS
from explorer.pages.common.models import readable_checkpoints
from explorer.pages.train.actions import (
    SHOWN_JOBS,
    again,
    ask,
    follow,
    followed_in,
    may,
    show_resumable,
)
from explorer.pages.train.job import pace, show_controls, show_curves, show_plane
from explorer.runs.checkpoints import CheckpointError, archive, find_checkpoint
from explorer.runs.series import series_of
from explorer.session.words import plain

BUSY, IDLE = 0.7, 3.0  # seconds between refreshes: while one's own run is trained, and else
ICONS = {
    Stage.WAITING: "⏳",
    Stage.RUNNING: "▶",
    Stage.DONE: "✓",
    Stage.UNSAVED: "⚠",
    Stage.FAILED: "✗",
    Stage.STOPPED: "■",
}
_LAST = "which jobs were active when the page was made, and the seconds between refreshes"


def show_jobs(tab: str, sweeps: bool) -> None:
    """All jobs, refreshed automatically; in detail the one that is followed in this tab, at first
    the latest of the tab's own kind.

    Args:
        tab: the tab that they are shown in.
        sweeps: whether the tab is for sweeps.
    """
    _, seconds = st.session_state[_LAST] = _state(session.board().jobs())
    st.fragment(_board, run_every=seconds)(tab, sweeps)


def _state(jobs: Sequence[Job]) -> tuple[bool, float]:
    """Whether any job is active, and after how many seconds to look again."""
    owner = session.visitor().name
    mine = any(job.owner == owner and job.stage == Stage.RUNNING for job in jobs)
    return any(job.active for job in jobs), BUSY if mine else IDLE


def _board(tab: str, sweeps: bool) -> None:
    board, owner = session.board(), session.visitor().name
    jobs = board.jobs(owner)
    if _state(jobs) != st.session_state.get(_LAST):
        st.rerun()  # to refresh at another rate from now on, and to list new models in all menus
    wanted = followed_in(tab)
    followed = next((job for job in jobs if job.number == wanted), None)
    followed = followed or next((job for job in jobs if bool(job.sweep) == sweeps), None)
    if followed is None:
        st.info(
            f"There is no {'sweep' if sweeps else 'run'} yet. Press **Train**: the loss and the "
            "plane appear here during training and are kept when this page is closed."
        )
    else:
        _look_at(followed, tab)
    if len(jobs) > 1 or (jobs and not followed):
        st.markdown("**All jobs**")
        for job in jobs[:SHOWN_JOBS]:
            _row(job, job is followed, job.owner == owner, tab)
    show_resumable(tab)
    _show_operator()


def _show_operator() -> None:
    """Where the operator of the server says who they are."""
    if session.visitor().is_operator:
        st.caption("You are the operator of this server: you may change everybody's jobs.")
        return
    with st.popover("Operator"):
        token = st.text_input(
            "The token that the server printed when it started",
            type="password",
            key="operator token",
            autocomplete="off",
        )
        if token and session.become_operator(token):
            st.rerun()
        elif token:
            st.error("This is not the token of this server.")


def _row(job: Job, followed: bool, mine: bool, tab: str) -> None:
    row = st.container(horizontal=True, vertical_alignment="center")
    whose = "" if mine else " · another visitor's"
    row.markdown(f"{ICONS[job.stage]} **{job.title}** {job.stage}{whose}", width="stretch")
    if not followed:
        row.button("View", key=f"look {job.number}", on_click=follow, args=[job, tab])
    _stop_button(row, job, "row")
    if not job.active and may(job):
        args = [session.board().forget, job]
        row.button(
            "Remove",
            key=f"remove {job.number}",
            help="From this list. Its models stay.",
            on_click=ask,
            args=args,
        )


def _stop_button(place: DeltaGenerator, job: Job, key: str) -> None:
    if job.active and may(job):
        args = [session.board().stop, job]
        place.button("Stop", key=f"stop {job.number} {key}", on_click=ask, args=args)


def _look_at(job: Job, tab: str) -> None:
    """One job in detail: its progress, plane, curves and actions."""
    member = _member(job)
    head = st.container(horizontal=True, vertical_alignment="center")
    head.markdown(f"#### {ICONS[member.stage]} {member.name}", width="stretch")
    _stop_button(head, job, "head")
    if job.active:
        st.progress(min(job.share, 1.0), pace(job, member))
    elif member.note:
        (st.error if member.stage in (Stage.FAILED, Stage.UNSAVED) else st.info)(member.note)
    if member.trouble and member.stage != Stage.UNSAVED:
        st.warning(f"The last epoch has not been saved: {member.trouble}")
    if member.warning:
        st.warning(member.warning)
    if job.trouble:
        st.warning(job.trouble)
    plane, curves = st.columns([3, 2])
    with plane:
        show_plane(job, member)
    with curves:
        show_curves(member)
    if member.stage == Stage.RUNNING:
        if may(job):
            show_controls(job, member)
    elif not job.active:
        _afterwards(job, member, tab)


def _member(job: Job) -> Member:
    """The run to show; in a sweep, the visitor chooses one."""
    if len(job.members) == 1:
        return job.members[0]
    names = [member.name for member in job.members]
    running = next((m.name for m in job.members if m.stage == Stage.RUNNING), names[0])
    name = st.selectbox(
        f"Model of {job.title}",
        names,
        names.index(running),
        key=f"member of {job.number}",
    )
    return job.members[names.index(name)]


def _afterwards(job: Job, member: Member, tab: str) -> None:
    """The actions for a run that has ended, with or without a model."""
    row = st.container(horizontal=True)
    name = member.name
    if member.stage == Stage.DONE:
        if row.button("Open in Explore", key=f"explore {name}", type="primary"):
            session.go("", model=name)
        if row.button("Add to Compare", key=f"compare {name}"):
            session.go("compare", data=DATASETS[member.run.dataset].title, right=name)
        series = series_of(readable_checkpoints(), name) if job.sweep else None
        if series and row.button("See the whole sweep", key=f"series {name}"):
            session.go("compare", series=series)
        row.download_button(
            "Download (.zip)",
            lambda: archive(find_checkpoint(name)),
            f"{name}.zip",
            "application/zip",
            on_click="ignore",
            key=f"zip {name}",
        )
        if may(job):
            with row.popover("Delete"):
                st.write(f"The checkpoint {name} and its film will be deleted permanently.")
                if st.button("Delete it", key=f"delete {name}"):
                    _delete(job, member)
    elif not may(job):
        row.caption("Only its owner can resume it.")
    elif member.stage == Stage.UNSAVED:
        if row.button("Save again", key=f"save {name}"):
            try:
                session.board().save_again(job, member, session.visitor())
            except (Refused, CheckpointError) as error:
                st.error(plain(error))
            else:
                st.rerun()
    elif name in session.board().busy():
        row.caption("Its process is ending.")
    elif row.button("Resume" if member.history else "Restart", key=f"again {job.number}"):
        again(job, tab)
    if member.unreachable and not session.visitor().is_operator:
        row.caption("The operator of this server can have it trained on this machine instead.")
    elif member.unreachable and row.button("Train on this machine instead", key=f"local {name}"):
        try:
            session.board().use(None, session.visitor())
        except TooMuch as error:
            st.error(plain(error))
        else:
            again(job, tab)


def _delete(job: Job, member: Member) -> None:
    try:
        session.board().delete(job, member, session.visitor())
    except (Refused, CheckpointError) as error:
        st.error(plain(error))
        return
    st.rerun()
