"""The scripts of all components: one valid module each, without a build step or another host."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from explorer import components
from explorer.components.bundle import bundle

FOLDER = Path(components.__file__).parent
WEBS = {web.parent.name: web for web in sorted(FOLDER.glob("*/web"))}
NAMESPACE = "http://www.w3.org/2000/svg"  # a name, which nobody fetches
CORES = [
    ("latent_pad", "pad.js"),
    ("draw_pad", "drawing.js"),
    ("live_controls", "controls.js"),
    ("rate_curve", "curve.js"),
]


@pytest.mark.parametrize("name", WEBS)
def test_the_bundle_is_one_valid_module(name: str, tmp_path: Path) -> None:
    script = bundle(WEBS[name], "streamlit.js")
    assert script.count("export default") == 1
    assert not re.search(r"^import ", script, re.MULTILINE)
    for module in WEBS[name].glob("*.js"):
        assert f"// ---- {module.name}\n" in script, f"{module.name} is imported by nobody"
    if node := shutil.which("node"):
        file = tmp_path / "component.mjs"
        file.write_text(script, encoding="utf-8")
        subprocess.run([node, "--check", str(file)], check=True)


def test_what_components_share_is_used() -> None:
    scripts = [bundle(web, "streamlit.js") for web in WEBS.values()]
    for module in (FOLDER / "web").glob("*.js"):
        used = sum(f"// ---- {module.name}\n" in script for script in scripts)
        assert used > 1, f"{module.name} is imported by {used} components"


def test_types_are_left_out_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(
        """// A module.

/** @import { B } from "./b.js" */

/**
 * @param {B} b
 */
export function a(b) {
  /** @type {number} */
  const c = /** @type {number} */ (b.c);
  return c; // the last
}
""",
        encoding="utf-8",
    )
    assert (
        bundle(tmp_path, "a.js")
        == """// ---- a.js
// A module.


function a(b) {
  const c = /** @type {number} */ (b.c);
  return c; // the last
}
"""
    )


@pytest.mark.parametrize(("name", "core"), CORES)
def test_the_core_does_not_know_streamlit(name: str, core: str) -> None:
    script = bundle(WEBS[name], core)
    assert "setStateValue" not in script
    assert "fetch(" not in script


@pytest.mark.parametrize("name", WEBS)
def test_nothing_is_asked_of_another_host(name: str) -> None:
    for file in [*WEBS[name].iterdir(), *(FOLDER / "web").iterdir()]:
        words = file.read_text(encoding="utf-8").replace(NAMESPACE, "")
        assert "://" not in words, file.name


@pytest.mark.parametrize(
    ("modules", "reason"),
    [
        ({"a.js": 'import { b } from "./a.js";\n'}, "cycle"),
        ({"a.js": "export { b };\n"}, "cannot bundle"),
        ({"a.js": 'import b from "elsewhere";\n'}, "cannot bundle"),
        ({"a.js": 'import { b } from "./b.js";\nconst x = 1;\n', "b.js": "const x = 2;\n"}, "both"),
    ],
)
def test_what_cannot_be_bundled_is_refused(
    tmp_path: Path, modules: dict[str, str], reason: str
) -> None:
    for name, source in modules.items():
        (tmp_path / name).write_text(source, encoding="utf-8")
    with pytest.raises(ValueError, match=reason):
        bundle(tmp_path, "a.js")
