"""Whose a run is. Its owner and the operator may stop, change, resume, remove and delete it.

``EXPLORER_HOME/owners/NAME`` holds what the owner of that name is called, so that a restarted
server still knows. A name without an owner was trained from the command line: on a laptop it is
everybody's, since there is only one; in a class only the operator may change it.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from explorer.files import CheckpointError, home_folder, read_bounded, save_file
from explorer.specs import check_name, is_name

_LONGEST = 128  # characters
_OWNER = re.compile(rf"[\w.@+ -]{{1,{_LONGEST}}}")


class Refused(Exception):
    """Something belongs to somebody else; the message says what."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks for something.

    Attributes:
        name: what they are called; for a browser, the hash of its secret.
        is_operator: whether they run the server, and so may do everything.
        alone: whether what belongs to nobody in particular is theirs.
    """

    name: str
    is_operator: bool = False
    alone: bool = True

    def may(self, owner: str | None) -> bool:
        """Whether they may change what belongs to ``owner``, or to nobody in particular."""
        return self.is_operator or owner == self.name or (owner is None and self.alone)

    def check_may(self, owner: str | None, what: str) -> None:
        """Check that they ``may``.

        Raises:
            Refused: they may not.
        """
        if not self.may(owner):
            whose = "another visitor: only they and" if owner else "nobody here: only"
            raise Refused(
                f"{what} belongs to {whose} the operator of this server can stop, change, "
                "resume, remove or delete it"
            )


OPERATOR = Visitor("operator", is_operator=True)
COMMAND_LINE = Visitor("command line", is_operator=True)  # what it trains is nobody's


def _path(name: str) -> Path:
    return home_folder() / "owners" / check_name(name)


def owner_of(name: str) -> str | None:
    """What the owner of a run, sweep or model is called; None if nobody is known."""
    try:
        found = read_bounded(_path(name), 4 * _LONGEST).decode()
    except (CheckpointError, UnicodeDecodeError):
        return None
    return found if _OWNER.fullmatch(found) else None


def owned_names(owner: str) -> list[str]:
    """All names that belong to an owner."""
    files = (home_folder() / "owners").glob("[!.]*")
    return [file.name for file in files if is_name(file.name) and owner_of(file.name) == owner]


def remember_owner(name: str, owner: str) -> None:
    """Note whose a name is from now on.

    Raises:
        CheckpointError: it cannot be written.
    """
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(path, owner.encode())


def forget_owner(name: str) -> None:
    """Note that a name is nobody's any more."""
    with suppress(OSError):
        _path(name).unlink()
