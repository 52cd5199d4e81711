"""Each layer imports only earlier layers, and only the last ones import Streamlit."""

import ast
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import explorer

ROOT = Path(explorer.__file__).parent

# A layer may import itself and the layers before it.
LAYERS = (
    "specs",
    "files",
    "datasets",
    "models",
    "training",
    "analysis",
    "runs",
    "background",
    "figures",
    "components",
    "session",
    "pages",
    "lessons",
    "export",
    "bench",
    "cli",
    "__main__",
)
WITH_STREAMLIT = ("components", "session", "pages", "bench")


def _modules(package: Path) -> Iterator[tuple[str, Path]]:
    """Dotted names and files of the modules of a package, without the package itself."""
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if len(parts) > 1:
            yield ".".join(parts), path


def _imports(name: str, path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that a module imports, at any depth.

    ``from a import b`` counts as ``a.b``, since b may be a module.
    """
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def steps_back(
    package: Path, layers: Sequence[str] = LAYERS, with_streamlit: Sequence[str] = WITH_STREAMLIT
) -> list[str]:
    """Violations of the order of ``layers`` in a package, one line each."""
    faults = []
    for name, path in _modules(package):
        layer = name.split(".")[1]
        if layer not in layers:
            faults.append(f"{name} has no place in the order of layers")
            continue
        for line, imported in _imports(name, path):
            top, *rest = imported.split(".")
            if top == "streamlit" and layer not in with_streamlit:
                faults.append(f"{name}:{line} imports streamlit")
            if top != package.name:
                continue
            other = rest[0] if rest else ""
            if other not in layers:
                faults.append(f"{name}:{line} imports {imported}, which has no place in the order")
            elif layers.index(other) > layers.index(layer):
                faults.append(f"{name}:{line} imports {imported}, a later layer")
    return faults


def test_no_module_imports_a_later_layer() -> None:
    assert steps_back(ROOT) == []


def test_the_main_layers_are_checked() -> None:
    looked_at = {name.split(".")[1] for name, _ in _modules(ROOT)}
    assert {"specs", "models", "training", "analysis", "runs"} <= looked_at


@pytest.mark.slow
def test_layers_before_the_components_work_without_streamlit() -> None:
    """As in a notebook: import all these modules in a new process without loading Streamlit."""
    before = LAYERS[: LAYERS.index("components")]
    names = [name for name, _ in _modules(ROOT) if name.split(".")[1] in before]
    assert len(names) > 20
    code = "\n".join([*(f"import {name}" for name in names), "import sys"])
    code += "\nprint(sorted(name for name in sys.modules if name.split('.')[0] == 'streamlit'))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize(
    "module",
    ["components.latent_pad", "background.live.child", "background.jobs.child", "pages"],
)
def test_what_users_wait_for_loads_no_slow_library(module) -> None:
    """Together they load as slowly as torch, so they are imported only where they are used."""
    slow = {"sklearn", "scipy.stats", "scipy.optimize", "torchvision", "pandas", "distributed"}
    if module != "pages":
        slow |= {"streamlit", "plotly.express"}
    code = f"import sys, explorer.{module}; print({slow} & set(sys.modules) or None)"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, check=False
    )
    assert result.stdout.strip() == "None", result.stderr


class TestTheChecker:
    """Checks a planted package of three layers, the last of which may import Streamlit."""

    LAYERS = ("low", "middle", "pages")

    def _faults(self, folder: Path, files: dict[str, str]) -> list[str]:
        package = folder / "planted"
        good = {
            "__init__.py": "",
            "low.py": "import json",
            "middle/__init__.py": "from planted.low import x\nfrom . import part",
            "middle/part.py": "import planted.low\nfrom ..low import x\nfrom planted import low",
            "pages.py": "import streamlit as st\nfrom planted.middle.part import y",
        }
        for name, text in (good | files).items():
            path = package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return steps_back(package, self.LAYERS, ("pages",))

    def test_good_imports_pass(self, tmp_path: Path) -> None:
        assert self._faults(tmp_path, {}) == []

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("low.py", "import planted.middle"),
            ("low.py", "import json, planted.middle.part as p"),
            ("low.py", "from planted import middle"),
            ("low.py", "from planted.middle.part import y"),
            ("low.py", "from . import middle"),
            ("low.py", "from .middle import part"),
            ("low.py", "def f():\n    from planted.pages import render"),
            ("low.py", "if TYPE_CHECKING:\n    from planted.pages import Page"),
            ("low.py", "from planted import *"),
            ("low.py", "import streamlit"),
            ("low.py", "from streamlit.testing import v1"),
            ("middle/part.py", "from .. import pages"),
            ("middle/part.py", "from ..pages import render"),
            ("middle/__init__.py", "from ..pages import render"),
            ("middle/part.py", "import streamlit as st"),
            ("middle/deep/part.py", "from ...pages import render"),
            ("stray.py", ""),
            ("pages.py", "import planted.stray"),
        ],
    )
    def test_a_bad_import_is_found(self, tmp_path: Path, name: str, text: str) -> None:
        (fault,) = self._faults(tmp_path, {name: text})
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        assert fault.startswith(f"planted.{module}")
