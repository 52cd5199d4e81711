"""The Train page without a browser: forms from the specs, jobs by real processes."""

from __future__ import annotations

import io
import sys
import zipfile

import pytest
import torch

from explorer import session
from explorer.background.jobs.board import Board
from explorer.background.jobs.job import Job, Member, Stage
from explorer.background.jobs.limits import CLASS, LAPTOP
from explorer.background.jobs.owners import OPERATOR
from explorer.background.jobs.plans import Plan, save_plan
from explorer.files import operator_token
from explorer.models import FAMILIES
from explorer.pages.train.form import FIRST, LATER
from explorer.pages.train.guide import guide
from explorer.pages.train.job import pace
from explorer.runs.checkpoints import archive, checkpoint_names, load_checkpoint, user_folder
from explorer.runs.sweeps import load_sweep, plan_sweep
from explorer.specs import ModelSpec, NamedRun, TrainingSpec
from explorer.training import hardware
from explorer.training.threads import meanwhile
from tests.support.waiting import wait_over, wait_until

pytestmark = pytest.mark.slow

QUICK = "epochs=3;batch_size=256;widths=[8]"


@pytest.fixture
def lab(board: Board, monkeypatch: pytest.MonkeyPatch) -> Board:
    """The page's job board."""
    monkeypatch.setattr(session, "board", lambda: board)
    return board


def labelled(page, kind: str, label: str):
    (widget,) = (one for one in page.at.get(kind) if one.label == label)
    return widget


def button(page, label: str):
    return labelled(page, "button", label)


def press(page, label: str):
    button(page, label).click()
    return page.run()


def test_every_field_of_the_specs_is_in_the_form_or_set_elsewhere():
    asked = {*FIRST, *LATER, "family", "likelihood", "likelihood_scale"}
    elsewhere = {"image_shape", "classes", "options", "changes"}  # data set, family, a run's hand
    assert asked | elsewhere == {*ModelSpec.model_fields, *TrainingSpec.model_fields}
    assert not asked & elsewhere


def test_the_form_has_defaults_explanations_and_an_estimate(open_page, lab):
    page = open_page("Train").until(lambda page: "the 2nd at" in page.words())
    assert labelled(page, "number_input", "Epochs").value == 150, "the default for the digits"
    assert "Passes over" in labelled(page, "number_input", "Epochs").help
    assert "About " in page.words()
    assert "150 passes over 1,197 images. 99,908 parameters, about 0.3 GB" in page.words()
    objective, _, numbers = (latex.value for latex in page.at.get("latex"))
    assert FAMILIES["vae"].formula in objective
    assert r"\beta = 1" in numbers
    assert r"\sigma = 0.25" in numbers
    assert "the 2nd at 10, the 1st at 11.1." in page.words()


def test_what_is_beyond_the_limits_is_said_before_it_is_asked_for(open_page, lab, monkeypatch):
    page = open_page("Train", run="widths=[4096,4096]").assert_well()
    (error,) = page.at.error
    assert error.value.startswith("widths: the model has 34,")
    assert button(page, "Train").disabled
    page = open_page("Train", run="epochs=1").assert_well()
    assert not page.at.error
    assert not button(page, "Train").disabled
    (estimate,) = (one for one in page.at.caption if one.value.startswith("About "))
    assert "20,000,000 parameters" in estimate.help
    monkeypatch.setattr(lab, "limits", CLASS)
    page = open_page("Train", run="epochs=201").assert_well()
    (error,) = page.at.error
    assert error.value == "epochs: 201 are more than the 200 that this server allows"


@pytest.mark.parametrize(
    ("words", "variable", "wanted"),
    [
        ([], "", LAPTOP),
        (["--class"], "", CLASS),
        ([], "class", CLASS),
        (["--scheduler", "tcp://there:1"], "", LAPTOP),
    ],
)
def test_a_class_is_chosen_where_the_server_is_started(monkeypatch, words, variable, wanted):
    monkeypatch.setattr(sys, "argv", ["app.py", *words])
    monkeypatch.setenv("EXPLORER_LIMITS", variable)
    assert session.limits() is wanted


def test_the_page_tells_how_to_run_the_app_for_others(open_page, lab):
    title, text = guide()
    assert labelled(open_page("Train"), "expander", title).markdown[0].value == text.strip()
    assert "#### A public server" in text


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_form(open_page, lab, family):
    page = open_page("Train", run=f"family={family}").assert_well()
    assert FAMILIES[family].summary in page.words()
    labels = [widget.label for widget in page.at.get("number_input")]
    assert ("KL weight β" in labels) == FAMILIES[family].capabilities.stochastic
    for option in FAMILIES[family].Options.model_fields:
        assert option.replace("_", " ").capitalize() in labels


def test_a_link_restores_the_form(open_page, lab):
    page = open_page("Train", run="dataset=mnist;kl_weight=4;options.free_bits=0.5;seed=7")
    assert labelled(page, "selectbox", "Data set").value == "mnist"
    assert labelled(page, "number_input", "KL weight β").value == 4
    assert labelled(page, "number_input", "Free bits").value == 0.5
    labelled(page, "number_input", "Epochs").set_value(33)
    page.run().assert_well()
    assert sorted(page.at.query_params["run"].split(";")) == [
        "dataset=mnist",
        "epochs=33",
        "kl_weight=4.0",
        "options.free_bits=0.5",
        "seed=7",
    ]


@pytest.mark.parametrize(
    "nonsense",
    [
        "dataset=cats",
        "epochs=0",
        "kl_weight=-1;latent_dim=1000000000",
        "family=gan",
        "widths=[0]",
        "image_shape=[1,9,9]",
        "options.nothing=1",
        "options=[];model={};training=3",
        "kl_weight=NaN",
        "a;b=;=c;;==",
        "[" * 1500,
    ],
)
def test_invalid_settings_in_the_address_are_ignored(open_page, lab, nonsense):
    page = open_page("Train", run=nonsense).assert_well()
    assert labelled(page, "selectbox", "Data set").value == "digits"
    assert labelled(page, "number_input", "Epochs").value == 150
    assert not button(page, "Train").disabled


def test_an_invalid_field_is_named_and_prevents_training(open_page, lab):
    page = open_page("Train")
    labelled(page, "text_input", "Widths").set_value("64, many")
    page.run().assert_well()
    assert "widths" in page.words()
    assert not [one for one in page.at.get("button") if one.label == "Train"]
    assert lab.jobs() == []


def test_a_model_is_trained_looked_at_opened_and_deleted(open_page, lab):
    page = open_page("Train", run=QUICK)
    labelled(page, "text_input", "Name").set_value("mine")
    press(page, "Train").assert_well()
    (job,) = lab.jobs()
    assert job.members[0].name == "mine"
    wait_over(lab, job)
    page.run().assert_well()
    (pad,) = page.pads()
    assert len(pad["films"][0]["frames"]) == len(job.members[0].frames) > 3
    assert len(page.at.get("plotly_chart")) == 2
    labels = [one.label for one in page.at.get("button")]
    assert "Open in Explore" in labels
    assert "Add to Compare" in labels
    with zipfile.ZipFile(io.BytesIO(archive(user_folder() / "mine"))) as taken_home:
        taken_home.extractall(user_folder().parent / "elsewhere")
    assert load_checkpoint(user_folder().parent / "elsewhere" / "mine").spec.name == "mine"

    press(page, "Delete it").assert_well()
    assert checkpoint_names([user_folder()]) == []
    assert lab.jobs() == []


def test_an_invalid_name_is_rejected_with_a_sentence(open_page, lab, trained):
    for name, words in (
        ("../../etc", "is not a checkpoint name"),
        ("mnist-vae", "exists already"),
    ):
        page = open_page("Train", run=QUICK)
        labelled(page, "text_input", "Name").set_value(name)
        press(page, "Train").assert_well()
        (error,) = (one.value for one in page.at.error)
        assert words in error
        assert "\n" not in error
        assert "pydantic" not in error
    assert lab.jobs() == []


def test_a_job_is_stopped_resumed_and_changed_from_the_page(open_page, lab):
    page = open_page("Train", run=f"{QUICK};epochs=100000")
    labelled(page, "text_input", "Name").set_value("long")
    press(page, "Train")
    (job,) = lab.jobs()
    wait_until(lambda: len(job.members[0].history) > 3, "it runs")
    page.run().assert_well()
    labelled(page, "number_input", "KL weight β from now on").set_value(9.0)
    press(page, "Change").assert_well()
    wait_until(lambda: job.members[0].run.training.changes, "it was told")
    page.run().assert_well()
    assert "KL weight β 9" in page.words()
    press(page, "Stop").assert_well()
    assert job.stage == Stage.STOPPED
    wait_over(lab, job)
    lab.forget(job, OPERATOR)

    stranger = open_page("Train").assert_well()  # without the cookie each session is another one
    assert "Stopped runs" not in stranger.words()
    page.run().assert_well()
    assert "Stopped runs" in page.words()
    press(page, "Resume").assert_well()
    (again,) = lab.jobs()
    assert len(again.members[0].history) > 3
    wait_until(lambda: again.stage == Stage.RUNNING, "it goes on")


def test_a_sweep_becomes_models_and_a_file(open_page, lab, home):
    page = open_page("Train", lab="KL-weight sweep", sweep=QUICK).assert_well()
    labelled(page, "text_input", "KL weights β").set_value("0, 5, 9")
    labelled(page, "text_input", "Name").set_value("s")
    page.run().assert_well()
    press(page, "Train 3 models").assert_well()
    (job,) = lab.jobs()
    wait_over(lab, job)
    assert checkpoint_names([user_folder()]) == ["s-beta-0", "s-beta-5", "s-beta-9"]
    assert (home / "sweeps" / "s.json").is_file()
    page.run().assert_well()
    assert labelled(page, "selectbox", "Model of s").value == "s-beta-0"
    assert button(page, "See the whole sweep")


@pytest.mark.parametrize(
    ("label", "text", "words"),
    [
        ("KL weights β", "1, two", "is not a list of numbers"),
        ("KL weights β", "1, -1", "kl_weight"),
        ("KL weights β", "", "at least one"),
        ("KL weights β", "1, 1", "twice"),
        ("KL weights β", "nan", "kl_weight"),
        ("Seeds", "0.5", "is not a list of whole numbers"),
        ("Seeds", "-1", "seed"),
        ("Seeds", "inf", "is not a list of whole numbers"),
    ],
)
def test_an_invalid_sweep_is_explained(open_page, lab, label, text, words):
    page = open_page("Train", lab="KL-weight sweep")
    labelled(page, "text_input", label).set_value(text)
    page.run().assert_well()
    assert words in page.words()
    assert lab.jobs() == []


def test_a_family_without_a_kl_term_has_nothing_to_sweep(open_page, lab):
    page = open_page("Train", lab="KL-weight sweep", sweep="family=ae").assert_well()
    assert "ae has no KL term" in page.words()
    assert not [one for one in page.at.get("button") if one.label.startswith("Train")]


def test_a_run_may_end_while_a_page_shows_its_progress(stopped_run):
    """Another thread may process the run's messages at any moment."""
    member = Member("m", stopped_run.run, Stage.RUNNING, history=[*stopped_run.history])

    def flip() -> None:
        member.stage = Stage.RUNNING if member.stage == Stage.STOPPED else Stage.STOPPED

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with meanwhile(flip, every=0):
            lines = {pace(Job("me", "m", [member]), member) for _ in range(10_000)}
    finally:
        sys.setswitchinterval(before)
    assert {line.endswith("s left") for line in lines} == {True, False}


def test_a_device_that_cannot_be_used_is_named(open_page, lab, monkeypatch):
    """Torch lists devices for which it has no code."""
    monkeypatch.setattr(hardware, "_accelerators", lambda: [torch.device("xla")])
    hardware._tried.cache_clear()
    try:
        words = open_page("Train").assert_well().words()
    finally:
        hardware._tried.cache_clear()
    assert "The XLA device cannot be used, so the CPU is:" in words


def test_a_device_that_failed_is_named_beside_its_run(open_page, lab, tiny_run):
    job = lab.submit(session.visitor(), "mine", [NamedRun(name="mine", run=tiny_run)])
    wait_over(lab, job)
    job.members[0].warning = "The device failed, so training continues on the CPU: it was full."
    assert job.members[0].warning in open_page("Train").assert_well().words()


def test_another_visitors_training_is_listed_after_ones_own(open_page, lab, tiny_run):
    theirs = lab.submit("somebody", "theirs", [NamedRun(name="theirs", run=tiny_run)])
    page = open_page("Train", run=QUICK)
    labelled(page, "text_input", "Name").set_value("mine")
    press(page, "Train")
    wait_over(lab, theirs, *lab.jobs())
    words = page.run().assert_well().words()
    assert words.index("**mine** done") < words.index("**theirs** done")
    assert "another visitor's" in words


def test_each_tab_follows_jobs_of_its_own_kind(open_page, lab, tiny_run):
    me = session.visitor
    swept = plan_sweep("s", tiny_run, [0.5, 4.0])
    sweep = lab.submit(me(), "s", swept, sweep="s")
    alone = lab.submit(me(), "alone", [NamedRun(name="alone", run=tiny_run)])
    wait_over(lab, sweep, alone)

    def looked_at(page) -> list[str]:
        headings = (one.value for one in page.assert_well().at.markdown)
        return [words.split()[-1] for words in headings if words.startswith("#### ")]

    assert looked_at(open_page("Train")) == ["alone"]
    page = open_page("Train", lab="KL-weight sweep")
    assert looked_at(page) == ["s-beta-0.5"]
    assert "**alone** done" in page.words(), "it is still in the list"
    next(b for b in page.at.button if b.key == f"look {alone.number}").click()
    assert looked_at(page.run()) == ["alone"], "if a visitor asks for it"
    lab.forget(sweep, OPERATOR)
    page = open_page("Train", lab="KL-weight sweep")
    assert looked_at(page) == []
    assert "There is no sweep yet" in page.words()
    assert "View" in {one.label for one in page.at.button}


def test_a_stranger_can_only_look_and_the_operator_can_do_everything(open_page, lab, tiny_run):
    run = NamedRun(name="theirs", run=tiny_run.replace({"epochs": 100_000}))
    theirs = lab.submit("somebody", "theirs", [run])
    page = open_page("Train").assert_well()
    wait_until(lambda: theirs.members[0].history, "it runs")
    page.run().assert_well()
    labels = {one.label for one in page.at.button}
    assert "theirs" in page.words()
    assert not labels & {"Stop", "Change", "Remove", "Delete it", "Resume"}

    field = "The token that the server printed when it started"
    labelled(page, "text_input", field).set_value("not it")
    page.run()
    assert [one.value for one in page.at.error] == ["This is not the token of this server."]
    labelled(page, "text_input", field).set_value(operator_token())
    page.run().assert_well()
    press(page, "Stop").assert_well()
    assert theirs.stage == Stage.STOPPED
    wait_over(lab, theirs)


def test_an_interrupted_sweep_is_resumed_as_a_whole(open_page, lab, tiny_run):
    save_plan(Plan(name="s", sweep=True, runs=tuple(plan_sweep("s", tiny_run, [0.5, 4.0]))))
    save_plan(Plan(name="x", sweep=False, runs=(NamedRun(name="x", run=tiny_run),)))
    page = open_page("Train").assert_well()
    words = page.words()
    assert "**s**, a sweep of 2 models" in words
    assert "**x**, not started" in words
    next(b for b in page.at.button if b.key == "left s True").click()
    page.run().assert_well()
    wait_over(lab, *lab.jobs())
    assert len(load_sweep("s").points) == 2
    next(b for b in page.at.button if b.key == "forget x False").click()
    words = page.run().assert_well().words()
    assert "**x**" not in words
    assert "a sweep of 2 models" not in words
