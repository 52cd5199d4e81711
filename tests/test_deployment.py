"""The files of the deployment guide agree with the app, with the guide and with their programs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

import explorer
from explorer.bench.browser import REPOSITORY

FOLDER = Path(explorer.__file__).parent / "deployment"
GUIDE = (FOLDER / "README.md").read_text(encoding="utf-8")
UNIT = FOLDER / "latent-explorer@.service"
NGINX = (FOLDER / "nginx.conf").read_text(encoding="utf-8")
LIMITS = ("MemoryMax", "CPUQuota", "TasksMax", "LimitNOFILE", "PrivateTmp", "UMask")


def settings() -> dict[str, str]:
    """The settings of the unit; of several with one name, the last."""
    lines = (line.partition("=") for line in UNIT.read_text(encoding="utf-8").splitlines())
    return {name: value for name, equals, value in lines if equals and not name.startswith("#")}


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_the_guide_names_every_file(path: Path) -> None:
    assert path.name == "README.md" or f"`{path.name}`" in GUIDE


def test_the_unit_limits_what_a_copy_may_use() -> None:
    told = settings()
    assert {name for name in LIMITS if told.get(name)} == {*LIMITS}
    assert told["UMask"] == "0077"
    assert told["PrivateTmp"] == "true"
    for value, words in (
        (told["MemoryMax"], "4 GB of memory"),
        (told["CPUQuota"], "two cores"),
        (told["TasksMax"], f"{told['TasksMax']} tasks"),
        (told["LimitNOFILE"], f"{told['LimitNOFILE']} open files"),
    ):
        assert words in GUIDE, value


def test_the_unit_is_valid(tmp_path: Path) -> None:
    check = shutil.which("systemd-analyze")
    if check is None:
        pytest.skip("no systemd-analyze found, which checks units")
    here = UNIT.read_text(encoding="utf-8").replace(
        "/opt/latent-explorer/venv/bin/streamlit", "env"
    )
    copy = tmp_path / "latent-explorer@8501.service"
    copy.write_text(here.replace("=env ", f"={sys.executable} "), encoding="utf-8")
    done = subprocess.run([check, "verify", copy], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_starts_the_app_with_options_that_it_has() -> None:
    from streamlit.web.cli import main

    words = settings()["ExecStart"].split()
    assert words[1:3] == ["run", "app.py"]
    known = CliRunner().invoke(main, ["run", "--help"]).output
    assert [word for word in words if word.startswith("--") and word not in known] == []


def test_nginx_lets_through_what_the_app_takes() -> None:
    streamlit = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text("utf-8"))
    most = re.search(r"client_max_body_size\s+(\d+)m", NGINX)
    assert most
    assert int(most[1]) == streamlit["server"]["maxUploadSize"] + 1
    ports = re.findall(r"latent-explorer@(\d+)", GUIDE)
    assert {*ports} == {*re.findall(r"server 127\.0\.0\.1:(\d+)", NGINX)}


def test_names_and_paths_are_the_same_everywhere() -> None:
    name = "explorer.example.org"
    assert settings()["User"] in GUIDE
    assert f"EXPLORER_HOSTS={name}" in UNIT.read_text(encoding="utf-8")
    assert {*re.findall(r"[\w.]+\.example\.org", NGINX)} == {name}
    for path in ("/opt/latent-explorer", "/var/lib/latent-explorer", "/etc/latent-explorer.env"):
        assert path in GUIDE
        assert path in UNIT.read_text(encoding="utf-8")


def test_dask_asks_for_certificates() -> None:
    comm = yaml.safe_load((FOLDER / "dask.yaml").read_text(encoding="utf-8"))["distributed"]["comm"]
    assert comm["require-encryption"]
    assert comm["default-scheme"] == "tls"
    assert {*comm["tls"]} == {"ca-file", "client", "scheduler", "worker"}
