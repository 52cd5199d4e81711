"""The documentation is complete: READMEs name all entries, and public code has docstrings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import explorer
from explorer import figures
from explorer.__main__ import main
from explorer.analysis.fields import FIELDS
from explorer.analysis.geometry import PATHS
from explorer.analysis.holes.distributions import DISTRIBUTIONS
from explorer.analysis.measures import MEASURES
from explorer.analysis.sampling import SOURCES
from explorer.bench import BENCHES
from explorer.datasets import DATASETS
from explorer.models import FAMILIES, LIKELIHOODS, NETWORKS
from explorer.pages import PAGES
from explorer.runs.gallery import SHIPPED
from tests.test_layers import LAYERS

PACKAGE = Path(explorer.__file__).parent
REPOSITORY = PACKAGE.parent
README = REPOSITORY / "README.md"
READMES = (
    README,
    PACKAGE / "README.md",
    REPOSITORY / "checkpoints" / "README.md",
    PACKAGE / "deployment" / "README.md",
)
MOST_LINES = 160  # of README.md, which is for users
SET_UP = ("pip install -r requirements.txt && streamlit run app.py", "pytest")
NAMES = {
    "DATASETS": DATASETS,
    "FAMILIES": FAMILIES,
    "LIKELIHOODS": LIKELIHOODS,
    "NETWORKS": NETWORKS,
    "FIELDS": FIELDS,
    "MEASURES": MEASURES,
    "BENCHES": BENCHES,
}
REGISTRIES = {
    **NAMES,
    "PAGES": PAGES,
    "PATHS": PATHS,
    "SOURCES": SOURCES,
    "DISTRIBUTIONS": DISTRIBUTIONS,
}
ROOMS = [layer for layer in LAYERS if layer not in ("__main__", "lessons", "export")]
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.fixture(scope="module")
def readme() -> str:
    return README.read_text(encoding="utf-8")


def says(text: str, word: str) -> bool:
    """Whether a text contains a whole word: ``ae`` is not in ``vae`` or ``mnist-ae``."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


@pytest.mark.parametrize(
    ("registry", "name"), [(r, n) for r, names in NAMES.items() for n in names]
)
def test_the_readme_names_every_entry(readme: str, registry: str, name: str) -> None:
    assert says(readme, name), f"{name} of {registry} is not in README.md"


@pytest.mark.parametrize("title", [page.TITLE for page in PAGES])
def test_the_readme_describes_each_page(readme: str, title: str) -> None:
    assert f"**{title}**" in readme


@pytest.mark.parametrize("title", [source.title for source in SOURCES.values()])
def test_the_readme_names_every_source_of_samples(readme: str, title: str) -> None:
    assert says(readme.lower().replace("n(0, i)", "prior"), title.lower())


@pytest.mark.parametrize("command", sorted(main.commands))
def test_the_readme_shows_every_command(readme: str, command: str) -> None:
    assert f"python -m explorer {command}" in readme


def synopsis(readme: str, command: str) -> str:
    """The lines of the README that show how a command is called."""
    lines = readme[readme.index(f"python -m explorer {command}") :].splitlines()
    own = [lines[0]]
    for line in lines[1:]:
        if not line.startswith("    "):
            break
        own.append(line)
    return "\n".join(own)


@pytest.mark.parametrize("command", sorted(main.commands))
def test_the_readme_shows_every_option_of_a_command(readme: str, command: str) -> None:
    shown = synopsis(readme, command)
    for parameter in main.commands[command].params:
        for option in parameter.opts:
            if option.startswith("--"):
                assert says(shown, option), f"{command} {option}"


def test_an_option_of_another_command_does_not_count() -> None:
    text = "python -m explorer one [--a]\n    [--b]\npython -m explorer two [--c]\n"
    assert synopsis(text, "one") == "python -m explorer one [--a]\n    [--b]"
    assert synopsis(text, "two") == "python -m explorer two [--c]"
    assert not says(synopsis(text, "one"), "--c")


@pytest.mark.parametrize("name", figures.__all__)
def test_every_figure_is_named_in_a_test(name: str) -> None:
    named = "\n".join(
        path.read_text(encoding="utf-8") for path in (REPOSITORY / "tests/figures").glob("*.py")
    )
    assert says(named, name), f"no test names {name} of explorer.figures"


def test_the_readme_is_short(readme: str) -> None:
    assert len(readme.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("name", SHIPPED)
def test_the_readme_of_the_gallery_names_every_checkpoint(name: str) -> None:
    assert says(READMES[2].read_text(encoding="utf-8"), name)


@pytest.mark.parametrize("room", ROOMS)
def test_the_guide_to_the_code_names_every_layer(room: str) -> None:
    guide = READMES[1].read_text(encoding="utf-8")
    assert f"`{room}/`" in guide or f"`{room}.py`" in guide


@pytest.mark.parametrize("registry", REGISTRIES)
def test_the_guide_to_the_code_says_how_to_add_to_every_registry(registry: str) -> None:
    assert f"| `{registry}` |" in READMES[1].read_text(encoding="utf-8")


@pytest.mark.parametrize("path", re.findall(r"`((?:\w+/)+\w+\.py)`", READMES[1].read_text("utf-8")))
def test_the_guide_to_the_code_names_existing_files(path: str) -> None:
    name = path.rpartition("/")[2]
    assert (PACKAGE / path).exists() or (REPOSITORY / path).exists() or name == "NAME.py"


@pytest.mark.slow
def test_the_notebook_example_runs() -> None:
    guide = READMES[1].read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", guide, re.DOTALL)
    assert code
    names: dict[str, Any] = {}
    exec(code[1], names)
    assert names["images"].shape == (1, 1, 8, 8)
    assert names["numbers"]["kl"].value > 1
    assert 0 < names["numbers"]["mutual_information"].value < 6


def test_the_installation_is_at_the_top(readme: str) -> None:
    top = readme.splitlines()[:40]
    for command in SET_UP:
        assert any(line.endswith(command) for line in top), command


def relative_targets(text: str) -> Iterator[str]:
    """The targets of links and images in a Markdown text, without external addresses."""
    for target in re.findall(r"\]\(<?([^)\s>]+)", text):
        if not re.match(r"[a-z]+:|#|//", target):
            yield target.partition("#")[0]


@pytest.mark.parametrize("path", READMES, ids=[str(p.relative_to(REPOSITORY)) for p in READMES])
def test_links_and_images_exist(path: Path) -> None:
    for target in relative_targets(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_readme_shows_at_least_two_images(readme: str) -> None:
    assert sum(target.endswith(".png") for target in relative_targets(readme)) >= 2


def test_no_placeholder_was_left_in_the_readme(readme: str) -> None:
    for name in re.findall(r"<!-- (\w+) -->", readme):
        inside = re.search(rf"<!-- {name} -->(.*?)<!-- /{name} -->", readme, re.DOTALL)
        assert inside, f"<!-- {name} --> is not closed"
        assert inside[1].strip(), f"nothing between the marks {name}"


def undocumented(tree: ast.Module) -> Iterator[str]:
    """Public modules, classes and functions without a docstring.

    Methods of a subclass, ``__init__`` and other names with underscores need none.
    """
    if not ast.get_docstring(tree):
        yield "the module"
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in tree.body:
        if not isinstance(node, kinds) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            derived = bool(node.bases)
            for member in node.body:
                if (
                    isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef)
                    and not member.name.startswith("_")
                    and not derived
                    and not ast.get_docstring(member)
                ):
                    yield f"{node.name}.{member.name}"


@pytest.mark.parametrize(
    "path", MODULES, ids=[path.relative_to(PACKAGE).as_posix() for path in MODULES]
)
def test_everything_public_has_a_docstring(path: Path) -> None:
    assert list(undocumented(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("", ["the module"]),
        ('"""M."""\ndef f(): ...', ["f"]),
        ('"""M."""\nasync def f(): ...', ["f"]),
        ('"""M."""\nclass C: ...', ["C"]),
        ('"""M."""\nclass C:\n    """C."""\n    def f(self): ...', ["C.f"]),
        ('"""M."""\nclass C(B):\n    """C."""\n    def f(self): ...', []),
        ('"""M."""\ndef _f(): ...\nclass _C: ...', []),
    ],
)
def test_a_missing_docstring_is_found(code: str, missing: list[str]) -> None:
    assert list(undocumented(ast.parse(code))) == missing


def test_whole_words_and_relative_targets_are_found() -> None:
    assert says("an `ae`, a `vae`", "ae")
    assert not says("a `vae`, `mnist-ae` and `ae-l2`", "ae")
    assert list(relative_targets("[a](b.md#c) ![d](e.png) [f](https://g) [h](#i)")) == [
        "b.md",
        "e.png",
    ]
