"""The command line as scripts use it: JSON output, exit statuses and one-line errors."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch

from explorer.__main__ import main
from explorer.analysis.measures import INSTANT, MEASURES, NONE, SLOW
from explorer.datasets import DATASETS
from explorer.files import load_spec
from explorer.models import FAMILIES
from explorer.runs import checkpoints
from explorer.runs.checkpoints import (
    GALLERY,
    find_checkpoint,
    load_checkpoint,
    read_spec,
    save_checkpoint,
)
from explorer.runs.gallery import Shipped
from explorer.runs.numbers import Numbers, keep_numbers, stored_numbers
from explorer.runs.unfinished import load_unfinished, save_unfinished, unfinished_names
from explorer.specs import Measured
from explorer.training.loop import Trainer

REPOSITORY = Path(__file__).parents[2]
QUICK = ("--epochs", "2", "--set", "widths=[8]", "--set", "batch_size=256")
ALWAYS = {"reconstruction", "kl", "neg_elbo", "squared_error", "active_units", "knn_accuracy"}


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """An empty gallery, and no data sets except the bundled one."""
    monkeypatch.setattr(checkpoints, "GALLERY", tmp_path / "gallery")
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))


@pytest.fixture
def run(capsys):
    """Runs a command in this process: (exit status, standard output, standard error)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_:
            main([*arguments])
        out, err = capsys.readouterr()
        return exit_.value.code, out, err

    return call


@pytest.fixture
def good(run):
    """Runs a command that must succeed; returns its standard output, parsed if it is JSON."""

    def call(*arguments: str):
        status, out, err = run(*arguments)
        assert status == 0, err
        assert "Traceback" not in err
        if "--json" not in arguments:
            return out
        assert out.count("\n") == 1
        return json.loads(out)

    return call


@pytest.fixture
def refused(run):
    """Runs a command that must fail with a user error; returns its one line."""

    def call(*arguments: str, status: int = 2) -> str:
        found, out, err = run(*arguments)
        assert (found, out) == (status, "")
        assert re.fullmatch(r"error: [^\n]+\n", err), err
        assert err[:-1].isprintable()
        return err

    return call


def python_m_explorer(*arguments: str, flags: Sequence[str] = ()) -> subprocess.CompletedProcess:
    """Runs a command in a new process."""
    command = [sys.executable, *flags, "-m", "explorer", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)


# list


def test_list(good, saved):
    assert good("list", "--json") == {
        "datasets": list(DATASETS),
        "families": list(FAMILIES),
        "checkpoints": ["tiny"],
    }
    text = good("list")
    assert "digits, mnist" in text
    assert text.endswith("checkpoints: tiny\n")


def test_list_without_checkpoints(good):
    assert good("list").endswith("checkpoints: none\n")


@pytest.mark.slow
def test_a_new_process_lists_checkpoints(saved):
    """It does not import scikit-learn, which would take twice as long."""
    done = python_m_explorer("list", "--json", flags=["-X", "importtime"])
    assert done.returncode == 0
    assert "tiny" in json.loads(done.stdout)["checkpoints"]
    assert "torch" in done.stderr
    assert "sklearn" not in done.stderr


def test_help_needs_nothing_heavy():
    code = "import sys, explorer.__main__; print(sorted({'torch', 'sklearn'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True)
    assert done.stdout == b"[]\n"


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["train", "--help"], ["list", "-h"]])
def test_help(arguments, good):
    assert good(*arguments).startswith("Usage: ")


# train


def check_result(result: dict, name: str, dataset: str, family: str) -> None:
    """Checks the documented form of a checkpoint's measures."""
    assert list(result) == ["checkpoint", "dataset", "family", "device", "measures"]
    assert (result["checkpoint"], result["dataset"], result["family"]) == (name, dataset, family)
    assert result["device"]
    assert result["measures"].keys() >= ALWAYS
    for key, measured in result["measures"].items():
        undefined = not FAMILIES[family].capabilities.stochastic and key in ("kl", "neg_elbo")
        assert {"value", "unit"} <= measured.keys() <= {"value", "unit", "error", "why"}
        assert measured["unit"] == MEASURES[key].unit
        assert ("why" in measured) == (measured["value"] is None)
        if undefined:
            assert measured["value"] is None
            assert "no KL" in measured["why"]
        elif key in ALWAYS:
            assert isinstance(measured["value"], float)


@pytest.fixture
def few(monkeypatch):
    """Fewer paths, samples and images than the measures use by default."""
    monkeypatch.setattr("explorer.analysis.measures.paths.PAIRS", 2)
    monkeypatch.setattr("explorer.analysis.measures.gain.IMAGES", 5)
    monkeypatch.setattr("explorer.analysis.measures.evidence.MOST_IMAGES", 20)
    monkeypatch.setattr("explorer.analysis.holes.scores.DRAWS", 200)


@pytest.mark.slow
@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("family", FAMILIES)
def test_train_and_evaluate(family, good):
    trained = good("train", "digits", family, *QUICK, "--json")
    name = f"digits-{family}"
    check_result(trained, name, "digits", family)
    assert list(trained["measures"]) == list(INSTANT)
    evaluated = good("evaluate", name, "--json")
    check_result(evaluated, name, "digits", family)
    assert list(evaluated["measures"]) == list(MEASURES)
    for key, measured in trained["measures"].items():
        if measured["value"] is not None:
            assert evaluated["measures"][key]["value"] == pytest.approx(measured["value"])
    text = good("evaluate", name)
    assert text.startswith(f"{name}: {family} on digits\n")
    assert len(text.splitlines()) == 1 + len(evaluated["measures"])
    stochastic = FAMILIES[family].capabilities.stochastic
    assert ("KL: not defined, a deterministic encoder" in text) != stochastic


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_evaluate_warns_of_an_unhealthy_model_in_one_line(good, run):
    """And prints nothing else on standard output."""
    good("train", "digits", "vae", *QUICK, "--name", "mine")
    checkpoint = load_checkpoint(find_checkpoint("mine"))
    with torch.no_grad():
        checkpoint.model.encoder.layers[-1].bias[2:] -= 60
    first, last = checkpoint.history
    worse = replace(last, held_out=replace(last.held_out, total=first.held_out.total + 5))
    save_checkpoint(
        checkpoints.user_folder(), replace(checkpoint, history=(first, worse)), overwrite=True
    )
    status, out, err = run("evaluate", "mine", "--json")
    assert status == 0
    assert json.loads(out)["measures"]["bounded_scales"]["value"] == 100
    (warning,) = [line for line in err.splitlines() if line.startswith("warning")]
    assert warning.startswith("warning: mine: For 100.0 % of the images σ is at the bound")
    assert "ended 5.0 nats per image above its best validation loss" in warning


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_examine_compares_and_saves_its_measures(good, run):
    good("train", "digits", "vae", *QUICK, "--name", "mine")
    good("train", "digits", "ae", *QUICK, "--name", "other")
    head, rule, *rows = good("examine", "mine", "other", "--save").splitlines()
    assert head == "| | `mine` | `other` |"
    assert rule == "|---|---:|---:|"
    cells = {row.split(", ")[0].strip("| "): row.strip("| ").split(" | ")[1:] for row in rows}
    assert list(cells) == [measure.title for measure in MEASURES.values()]
    assert cells["−ELBO"][1] == cells["log p(x)"][1] == NONE
    told = good("examine", "mine", "--json")["mine"]
    assert list(told) == list(MEASURES)
    kept = stored_numbers(find_checkpoint("mine"), read_spec(find_checkpoint("mine")))
    for key, one in kept.items():
        assert told[key] == one.model_dump(exclude_none=True)
        assert cells[MEASURES[key].title][0] == MEASURES[key].format(one, with_error=True)
    status, out, err = run("examine", "nobody")
    assert (status, out) == (2, "")
    assert "nobody" in err


def test_stored_measures_are_not_computed_again(good, monkeypatch):
    good("train", "digits", "vae", *QUICK, "--name", "mine")
    spec = read_spec(find_checkpoint("mine"))
    made_up = {name: Measured(value=42.0, unit=MEASURES[name].unit) for name in SLOW}
    origin = load_spec(GALLERY / "digits-vae" / "numbers.json", Numbers, 10**6).origin
    keep_numbers(find_checkpoint("mine") / "numbers.json", spec, origin, made_up)
    monkeypatch.setattr("explorer.analysis.measures.measured", None)
    told = good("examine", "mine", "--json")["mine"]
    assert {told[name]["value"] for name in SLOW} == {42.0}


def test_options_reach_the_spec(run):
    status, out, err = run(
        *("train", "digits", "ae-l2", "--name", "r", "--epochs", "2", "--latent-dim", "3"),
        *("--kl-weight", "0.5", "--seed", "7", "--set", "widths=[8]", "--set", "network=mlp"),
        *("--set", "options.penalty=0.25", "--set", "training.batch_size=256"),
    )
    assert status == 0
    assert out.startswith("r: ae-l2 on digits\n")
    assert re.fullmatch(r"(epoch \d/2: loss [^\n]+\n){2}", err)
    spec = read_spec(find_checkpoint("r")).run
    assert (spec.model.latent_dim, spec.model.widths, spec.model.network) == (3, (8,), "mlp")
    assert spec.model.options == {"penalty": 0.25}
    training = spec.training
    assert (training.epochs, training.kl_weight, training.seed) == (2, 0.5, 7)
    assert training.batch_size == 256


def test_generated_names_do_not_collide(good, stopped_run):
    save_unfinished("digits-vae-2", stopped_run)
    names = [good("train", "digits", "vae", *QUICK, "--json")["checkpoint"] for _ in range(2)]
    assert names == ["digits-vae", "digits-vae-3"]
    assert unfinished_names() == ["digits-vae-2"]


TRAIN = ("train", "digits", "vae", "--name", "r")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("train", "cifar", "vae"), "data set 'cifar' is unknown; known are digits, mnist"),
        (("train", "../x", "vae"), "data set '../x' is unknown"),
        (("train", "digits", "gan"), "family: 'gan' is unknown; known are ae"),
        (("train", "digits", "\x1b[2J"), "is not a checkpoint name"),
        ((*TRAIN, "--epochs", "0"), "epochs: Input should be greater than or equal to 1"),
        ((*TRAIN, "--epochs", "two"), "Invalid value for '--epochs'"),
        ((*TRAIN, "--kl-weight", "-1"), "kl_weight: Input should be greater than or equal to 0"),
        ((*TRAIN, "--kl-weight", "nan"), "kl_weight: Input should be a finite number"),
        ((*TRAIN, "--latent-dim", "1000000000"), "latent_dim: Input should be less than"),
        ((*TRAIN, "--seed", "-1"), "seed: Input should be greater"),
        ((*TRAIN, "--set", "epochs"), "--set 'epochs': write it as KEY=VALUE"),
        ((*TRAIN, "--set", "magic=1"), "there is no setting named 'magic'"),
        ((*TRAIN, "--set", "a.b.c=1"), "there is no setting named 'a.b.c'"),
        ((*TRAIN, "--set", "=1"), "there is no setting named ''"),
        ((*TRAIN, "--set", "widths=wide"), "widths: Input should be a valid tuple"),
        ((*TRAIN, "--set", f"widths={'[' * 100_000}"), "widths: Input should be a valid tuple"),
        ((*TRAIN, "--set", f"seed={'9' * 5000}"), "seed: "),
        ((*TRAIN, "--set", "options.magic=1"), "options.*magic"),
        ((*TRAIN, "--set", "model=5"), "model: "),
        ((*TRAIN, "--set", "network=conv", "--set", "widths=[]"), "at least one stage"),
        ((*TRAIN, "--set", "classes=3"), "classes: 3 does not fit digits, which has 10"),
        ((*TRAIN, "--set", "image_shape=[1,4,16]"), "image_shape: .* does not fit digits"),
        ((*TRAIN, "--set", "dataset=mnist"), "dataset: mnist does not fit digits"),
        ((*TRAIN, "--set", "family=ae"), "the family is vae"),
        ((*TRAIN, "--resume"), "there is no stopped run named 'r' to resume"),
        (("train", "digits", "vae", "--name", "../r"), "'../r' is not a checkpoint name"),
        (("train", "digits", "vae", "--name", ""), "'' is not a checkpoint name"),
        (("train", "digits", "vae", "--name", "a\nb\x1b"), "is not a checkpoint name"),
        (("train", "digits"), "Missing argument 'FAMILY'"),
        (("train", "digits", "vae", "again"), "unexpected extra argument"),
        ((*TRAIN, "--magic"), "No such option"),
        (("evaluate", "nothing"), "there is no checkpoint named 'nothing'"),
        (("evaluate", "../tiny"), "'../tiny' is not a checkpoint name"),
        (("evaluate",), "Missing argument 'CHECKPOINT'"),
        (("gallery", "nothing"), "'nothing' is not in the gallery; known are"),
        (("bench", "nothing"), "'nothing' is no benchmark; known are attack, class, evidence"),
        (("magic",), "No such command 'magic'"),
        ((), "Missing command"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
)
def test_a_user_error_is_one_line(arguments, reason, refused):
    assert re.search(reason, refused(*arguments))


@pytest.mark.slow
def test_a_new_process_also_fails_in_one_line():
    done = python_m_explorer("train", "digits", "vae", "--epochs", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"error: training.epochs: [^\n]+\n", done.stderr)


def test_a_loss_that_is_not_finite_is_one_line(run):
    """With a learning rate of 10 and nine layers, the outputs overflow float32."""
    wild = ("learning_rate=10", "link=identity", "likelihood_scale=0.001", f"widths={[64] * 8}")
    settings = [text for assignment in wild for text in ("--set", assignment)]
    status, out, err = run("train", "digits", "ae", "--epochs", "3", *settings)
    assert (status, out) == (2, "")
    assert re.fullmatch(r"error: the loss is not finite in epoch 1 [^\n]+\n", err)


@pytest.mark.parametrize("where", ["gallery", "home/checkpoints"])
def test_a_name_that_exists_is_refused(where, refused, tiny_folder, tmp_path):
    shutil.copytree(tiny_folder, tmp_path / where / "r")
    assert "r exists already; choose another name" in refused(*TRAIN, *QUICK)


def test_settings_are_checked_before_a_data_set_is_loaded(refused):
    """Invalid settings are reported before the data set is loaded."""
    assert "epochs" in refused("train", "mnist", "vae", "--epochs", "0")
    assert "magic" in refused("train", "mnist", "vae", "--set", "magic=1")


def test_a_home_that_is_not_writable_is_one_line(refused, monkeypatch, tmp_path):
    in_the_way = tmp_path / "a file\x07"  # whose name rings the bell
    in_the_way.touch()
    monkeypatch.setenv("EXPLORER_HOME", str(in_the_way / "home"))
    assert "cannot be written" in refused(*TRAIN, *QUICK)


# Stopped runs


@pytest.fixture
def stopped(stopped_run):
    save_unfinished("r", stopped_run)
    return "r"


def test_a_stopped_run_is_resumed(good, stopped):
    again = ("--epochs", "3", "--set", "widths=[8]")  # may be repeated, or left out
    good(*TRAIN, *again, "--resume")
    assert len(load_checkpoint(find_checkpoint("r")).history) == 3
    assert unfinished_names() == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((*TRAIN, "--epochs", "9"), "r was started with epochs 3, so it cannot be resumed with 9"),
        (("train", "digits", "ae", "--name", "r"), "r was started with family 'vae'"),
        (("train", "mnist", "vae", "--name", "r"), "image_shape: .* does not fit mnist"),
    ],
)
def test_a_stopped_run_keeps_its_settings(arguments, reason, refused, stopped):
    assert re.search(reason, refused(*arguments, "--resume"))
    assert unfinished_names() == ["r"]


def test_a_broken_stopped_run_is_one_line(refused, stopped, home):
    path = home / "unfinished" / "r.run"
    os.truncate(path, path.stat().st_size // 2)
    assert "it was truncated or changed" in refused(*TRAIN, "--resume")


def test_starting_over_reports_the_discarded_run(run, stopped):
    status, _, err = run(*TRAIN, *QUICK)
    assert status == 0
    assert err.startswith("r starts over (no --resume); its stopped run is discarded\n")


@pytest.mark.slow
def test_a_run_is_killed_resumed_and_interrupted(digits, tiny_run):
    """Killed once and interrupted once, it has the same epochs as an uninterrupted run."""
    settings = ("--epochs", "50000", "--set", "widths=[8]", "--set", "batch_size=256", "--json")
    for resume, blow in (((), signal.SIGKILL), (("--resume",), signal.SIGINT)):
        with subprocess.Popen(
            [sys.executable, "-m", "explorer", *TRAIN, *settings, *resume],
            cwd=REPOSITORY,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Background processes of a shell ignore SIGINT, and so do their children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        ) as process:
            for _ in range(20):
                assert process.stderr.readline().startswith("epoch ")
            process.send_signal(blow)
            out, err = process.communicate()
        assert out == ""
        assert "Traceback" not in err
        assert unfinished_names() == ["r"]
    assert process.returncode == 130
    again = "python -m explorer train digits vae --name r --resume"
    assert err.endswith(f"error: interrupted; to continue: {again}\n")

    stopped = load_unfinished("r")
    epochs = len(stopped.history)
    assert epochs >= 40
    undisturbed = Trainer(tiny_run.replace({"epochs": 50_000}), digits)
    losses = [progress.record.held_out for progress in islice(undisturbed, epochs)]
    assert [record.held_out for record in stopped.history] == losses
    for name, value in undisturbed.state().items():
        assert torch.equal(value, stopped.state[name])


# evaluate


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("spec.json", "changed after it was saved|not valid"),
        ("weights.safetensors", "truncated, changed or swapped"),
        ("latents.safetensors", "truncated, changed or swapped"),
        ("history.json", "truncated, changed or swapped"),
    ],
)
def test_a_broken_checkpoint_is_one_line(name, reason, refused, saved):
    os.truncate(saved / name, (saved / name).stat().st_size - 5)
    line = refused("evaluate", "tiny", "--json")
    assert str(saved / name) in line
    assert re.search(reason, line)


@pytest.mark.parametrize(
    ("dataset", "reason"),
    [("nothing", "data set 'nothing' is unknown"), ("../x", "is unknown")],
)
def test_a_checkpoint_of_an_unknown_data_set_is_one_line(dataset, reason, refused, saved, reseal):
    path = saved / "spec.json"
    path.write_text(path.read_text().replace('"digits"', f'"{dataset}"'))
    reseal(saved)
    assert reason in refused("evaluate", "tiny")


# gallery


@pytest.fixture
def shipped(monkeypatch, tiny_run):
    """A gallery of two checkpoints that train quickly; one is chosen from two seeds."""
    two = {"one": Shipped(tiny_run), "two": Shipped(tiny_run, seeds=(0, 1))}
    monkeypatch.setattr("explorer.runs.gallery.SHIPPED", two)


@pytest.mark.parametrize("names", [[], ["one"], ["two", "one"]])
def test_gallery(names, good, shipped, tmp_path):
    results = good("gallery", *names, "--json")
    assert list(results) == ["checkpoints"]
    for name, result in zip(names or ["one", "two"], results["checkpoints"], strict=True):
        check_result(result, name, "digits", "vae")
        assert load_checkpoint(tmp_path / "gallery" / name).spec.storage == "float16"


@pytest.mark.slow
def test_gallery_rebuilds_in_place_and_prints_text(good, shipped):
    for _ in range(2):
        assert good("gallery", "one").startswith("one: vae on digits\n  Reconstruction: ")
    assert good("evaluate", "one").startswith("one: vae on digits\n")


# bench


def test_without_chromium_the_bench_of_the_pad_is_one_line(refused, monkeypatch, tmp_path):
    pytest.importorskip("playwright")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("EXPLORER_CHROMIUM", raising=False)
    assert "install one, or set EXPLORER_CHROMIUM" in refused("bench", "pad")
    nothing = tmp_path / "no browser"
    monkeypatch.setenv("EXPLORER_CHROMIUM", str(nothing))
    assert f"there is no Chromium at {nothing}" in refused("bench", "pad")


def test_without_playwright_the_bench_of_the_pad_is_one_line(refused, monkeypatch):
    monkeypatch.setitem(sys.modules, "playwright", None)
    assert "pip install playwright" in refused("bench", "pad", "--json")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_what_is_trained_is_private(tmp_path):
    home = tmp_path / "new" / "home"
    subprocess.run(
        [sys.executable, "-m", "explorer", "train", "digits", "ae", *QUICK],
        check=True,
        cwd=REPOSITORY,
        env={**os.environ, "EXPLORER_HOME": str(home)},
        capture_output=True,
    )
    written = [home.parent, home, *home.rglob("*")]
    assert len(written) > 5
    assert not [path for path in written if path.stat().st_mode & 0o077]
