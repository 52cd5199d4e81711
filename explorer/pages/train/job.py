"""One run of a job on the Train page: its plane, its curves and its controls."""

import streamlit as st

from explorer import session
from explorer.analysis.numerals import numeral
from explorer.background.jobs.job import ACTIVE, Job, Member, Stage
from explorer.background.jobs.owners import Refused
from explorer.figures import kl_by_dimension, loss_terms
from explorer.models import FAMILIES
from explorer.pages.common.charts import show_chart
from explorer.pages.common.films import show_film


def pace(job: Job, member: Member) -> str:
    """The progress of a run in one line."""
    done = sum(one.stage not in ACTIVE for one in job.members)
    words = [f"{done} of {len(job.members)} models"] if len(job.members) > 1 else []
    if member.stage == Stage.WAITING or not member.history:
        return " · ".join([*words, member.note or "first epoch"])
    record = member.history[-1]
    words += [
        f"epoch {record.epoch}/{record.epochs}",
        f"{numeral(record.held_out.total)} nats per held-out image",
        f"{record.images_per_second:,.0f} images/s",
    ]
    left = member.seconds_left  # asked once: it may end meanwhile
    if left is not None and len(job.members) == 1:
        words.append(f"{left:.0f} s left")
    if member.restarts:
        words.append("started again from its last saved epoch")
    return " · ".join(words)


def show_plane(job: Job, member: Member) -> None:
    """The plane as it forms; after training, the whole film."""
    if member.latest is None:
        st.caption("The plane appears after the first steps.")
        return
    frames = [member.latest] if member.stage in ACTIVE else member.frames or [member.latest]
    kind = "live" if member.stage in ACTIVE else "film"
    key = f"job {job.number} {member.name} {kind}"
    show_film(member.name, member.run.dataset, frames, member.labels, height=340, key=key)


def show_curves(member: Member) -> None:
    """The loss terms of a run, and the KL of each dimension."""
    if not member.history:
        return
    show_chart(loss_terms(member.history), f"{member.name}-loss")
    capabilities = FAMILIES[member.run.model.family].capabilities
    if capabilities.stochastic:
        chart = kl_by_dimension(member.history, capabilities.kl_groups)
        show_chart(chart, f"{member.name}-kl")


def show_controls(job: Job, member: Member) -> None:
    """Controls that change a run while it is training."""
    weight, rate = member.run.training.in_force(len(member.history))
    row = st.columns([2, 2, 1], vertical_alignment="bottom")
    values: dict[str, float | None] = {"kl_weight": None, "learning_rate": None}
    if FAMILIES[member.run.model.family].capabilities.stochastic:
        values["kl_weight"] = row[0].number_input(
            "KL weight β from now on",
            0.0,
            1e6,
            float(weight),
            key=f"beta {job.number} {member.name} {weight}",
            format="%.6g",
        )
    values["learning_rate"] = row[1].number_input(
        "Learning rate from now on",
        None,
        10.0,
        float(rate),
        key=f"rate {job.number} {member.name} {rate}",
        format="%.6g",
    )
    if row[2].button("Change", key=f"change {job.number}", width="stretch"):
        now = {"kl_weight": weight, "learning_rate": rate}
        changed = {name: v for name, v in values.items() if v is not None and v != now[name]}
        try:
            if changed:
                session.board().change(job, member, session.visitor(), **changed)
        except (ValueError, Refused) as error:
            st.error(str(error))
    for change in member.run.training.changes[-3:]:
        made = (("KL weight β", change.kl_weight), ("learning rate", change.learning_rate))
        words = ", ".join(f"{name} {value:g}" for name, value in made if value is not None)
        st.caption(f"From epoch {change.epoch + 1} on: {words}")
