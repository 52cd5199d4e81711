"""What Python sends has the names that the browser's code takes for given (``wire.d.ts``)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer import components
from tests.support.waiting import PATIENCE

FOLDER = Path(components.__file__).parent
WIRES = {wire.parents[1].name: wire for wire in sorted(FOLDER.glob("*/web/wire.d.ts"))}
_INTERFACE = re.compile(r"^export interface (\w+)(?: extends (\w+))? \{\n(.*?)^\}", re.M | re.S)
_FIELD = re.compile(r"^  (\w+)(\??): (.*?);", re.M)

PAD = """
import numpy as np
from explorer.analysis.geometry import Plane
from explorer.components.latent_pad import (
    Companion, Dots, Ellipses, Field, Film, PadPlane, PathStyle, Pin, Shades, Trail, latent_pad,
)
from explorer.components.latent_pad.atlas import AtlasMaker
from explorer.models import DenseDecoder

codes = np.arange(15.0).reshape(5, 3) ** 1.5
labels = np.zeros(5, int)
decode = lambda codes: np.zeros((len(codes), 1, 2, 2))
decoder = DenseDecoder(((np.zeros((4, 3)), np.zeros(4)),), "relu", "sigmoid", (1, 2, 2))
companion = Companion("c", AtlasMaker(decode).of((-1.0, 1.0, -1.0, 1.0)))
rich = PadPlane(
    "rich", codes, labels, scales=codes, surface=Plane.of(codes), marked=0,
    decode=decode, decoder=decoder, images=lambda indices: np.zeros((len(indices), 1, 2, 2)),
    field=Field("f", np.zeros((2, 2)), (0.0, 1.0, 0.0, 1.0), (0.0, 1.0), (("a", "#112233"),)),
    shades=Shades("s", np.arange(5.0), (0.0, 4.0)), prior=False,
    log_prior=Field("log p(z)", np.zeros((2, 2)), (0.0, 1.0, 0.0, 1.0)),
    dots=Dots("d", codes, np.arange(5) % 2, (("a", "#112233"), ("b", "#445566"))),
    opening=(-1.0, 1.0, -2.0, 2.0), note="n",
    trails=[Trail(codes, codes, "t", "#112233")],
    ellipses=[Ellipses(codes[:, :2], codes[:, :2] + 1, codes[:, 0], "#112233")],
    indicatrix=0.5, companion=companion,
)
bare = PadPlane("bare", codes[:, :2], labels, prior=False, no_prior="why")
blended = PadPlane("blended", codes[:, :2], labels, decode=decode)
latent_pad(
    [Film([rich, rich], "axis", ["a", "b"]), bare, blended],
    classes=["a"], palette=["#112233"], pins=[Pin(0, 0.5, 0.5), Pin(0, 0.0, 0.0, 1), Pin(1, 0, 0)],
    path=PathStyle(), links={"hidden": "hide", "layers": "layers"}, key="here",
)
"""
DRAW = """
from explorer.components.draw_pad import draw_pad
draw_pad(strokes=(((0.5, 0.5),),), key="here")
"""
LIVE = """
from types import SimpleNamespace
from explorer.background.live import Controls
from explorer.components.live_controls import live_controls
snapshot = SimpleNamespace(number=1, controls=Controls(), kl=(1.0, 0.5))
live_controls(Controls(), snapshot, thresholds=[5.0], key="here")
"""
CURVE = """
from explorer.components.rate_curve import rate_curve
rate_curve([1.0, 2.0], [4.0, 3.0], [1, 2], current=0, key="here", on_pick=print)
"""
TOOLS = """
from explorer.components.page_tools import page_tools
page_tools({"model": "a"}, key="here")
"""
MEMORY = """
from explorer.components.browser_memory import remember_in_browser
remember_in_browser("word")
"""
SCRIPTS = {
    "browser_memory": MEMORY,
    "latent_pad": PAD,
    "page_tools": TOOLS,
    "draw_pad": DRAW,
    "live_controls": LIVE,
    "rate_curve": CURVE,
}

Interfaces = dict[str, dict[str, tuple[bool, str]]]  # by name: whether a field may lack, its type


def interfaces(source: str) -> Interfaces:
    known: Interfaces = {}
    for name, base, body in _INTERFACE.findall(source):
        fields = {field: (bool(mark), kind) for field, mark, kind in _FIELD.findall(body)}
        known[name] = known.get(base, {}) | fields
    return known


def faults(value: Any, kind: str, known: Interfaces, place: str) -> Iterator[str]:
    """Where a value is not what its type says, as far as names and missing values go."""
    parts = [part for part in known if re.search(rf"\b{part}\b", kind)]
    if value is None:
        if "null" not in kind:
            yield f"{place} is null"
    elif isinstance(value, list):
        for k, one in enumerate(value):
            yield from faults(one, kind, known, f"{place}[{k}]")
    elif isinstance(value, dict) and parts:
        fields = known[parts[0]]
        must = {name for name, (may_lack, _) in fields.items() if not may_lack}
        if not must <= value.keys() <= fields.keys():
            yield f"{place}: {sorted(value)}, not {sorted(fields)}"
        for name in value.keys() & fields.keys():
            yield from faults(value[name], fields[name][1], known, f"{place}.{name}")


def test_every_component_has_its_wire_written_down() -> None:
    assert WIRES.keys() == SCRIPTS.keys()


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_names_are_those_that_python_sends(name: str) -> None:
    at = AppTest.from_string(SCRIPTS[name]).run(timeout=PATIENCE)
    assert not at.exception
    sent = json.loads(at.get("bidi_component")[0].proto.json)
    known = interfaces(WIRES[name].read_text(encoding="utf-8"))
    assert list(faults(sent, "Data", known, "data")) == []


def test_a_fault_is_found() -> None:
    known = interfaces(
        "export interface A {\n  b: B[];\n}\nexport interface B {\n  c?: number;\n}\n"
    )
    assert known == {"A": {"b": (False, "B[]")}, "B": {"c": (True, "number")}}
    assert list(faults({"b": [{}, {"c": 1}]}, "A", known, "a")) == []
    for wrong in ({}, {"b": None}, {"b": [{"d": 1}]}, {"b": [{"c": None}]}):
        assert len(list(faults(wrong, "A", known, "a"))) == 1
