"""Join plain ES modules into the single script that Streamlit takes.

There is no build step: the modules run as they are in a browser. Here they are only put in the
order of their imports, without import lines, the word ``export`` and type comments. This needs
three conventions, which :func:`bundle` checks: each import is on one line, exports are
declarations, and no two modules use the same top-level name.
"""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{[^}\n]*\} from "(\.[\w./]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:class|function|const|let) )", re.MULTILINE)
_TOP_LEVEL = re.compile(r"^(?:async )?(?:class|function|const|let) (\w+)", re.MULTILINE)
_TYPES = re.compile(r"^ */\*\*(?:(?!\*/).)*\*/\n", re.MULTILINE | re.DOTALL)  # whole lines
_LEFT_OVER = re.compile(r"^(?:import|export (?!default )).*", re.MULTILINE)


def bundle(folder: Path, entry: str) -> str:
    """The script of ``entry`` in ``folder`` and of all it imports, dependencies first."""
    modules = _in_import_order(folder, entry)
    owner: dict[str, str] = {}
    for name, source in modules.items():
        if bad := _LEFT_OVER.search(source):
            raise ValueError(f"{name}: cannot bundle {bad.group()!r}")
        for top_level in _TOP_LEVEL.findall(source):
            if other := owner.get(top_level):
                raise ValueError(f"{name} and {other} both define {top_level}")
            owner[top_level] = name
    return "\n".join(f"// ---- {name}\n{source}" for name, source in modules.items())


def _in_import_order(folder: Path, entry: str) -> dict[str, str]:
    modules: dict[str, str] = {}
    visiting: list[str] = []

    def visit(path: Path) -> None:
        name = path.name
        if name in modules:
            return
        if name in visiting:
            raise ValueError(f"import cycle: {' -> '.join([*visiting, name])}")
        visiting.append(name)
        source = path.read_text(encoding="utf-8")
        for dependency in _IMPORT.findall(source):
            visit(path.parent / dependency)
        visiting.pop()
        modules[name] = _EXPORT.sub("", _TYPES.sub("", _IMPORT.sub("", source)))

    visit(folder / entry)
    return modules
