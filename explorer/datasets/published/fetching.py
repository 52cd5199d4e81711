"""Fetching published files: checked against their md5, resumed where a transfer broke off."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from filelock import FileLock

from explorer.datasets.base import Report

_CHUNK = 2**18  # bytes between two reports
_TIMEOUT = 20.0  # seconds without a byte until a mirror is given up
_TRIES = 5  # of one mirror, each going on where the last one broke off


class FetchError(Exception):
    """The files cannot be had: ``why``, and the ``remedy`` to offer."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.why = why
        self.remedy = remedy


class _MirrorError(Exception):
    """A mirror did not send the file. No OSError: in this module those speak of our own disk."""


@dataclass(frozen=True)
class RemoteFile:
    """A published file: its name, its checksum and the addresses that offer it, best first."""

    name: str
    md5: str
    urls: tuple[str, ...]


def fetch_files(folder: Path, files: Sequence[RemoteFile], limit: int, report: Report) -> None:
    """Bring all the files into the folder. No network is used if they are there and intact.

    Args:
        folder: where they belong; made if need be.
        files: the files wanted.
        limit: bytes; nothing longer is fetched.
        report: told the file being fetched and the share of it that is here.

    Raises:
        FetchError: no mirror sends a file with the right checksum, or it cannot be stored.
    """
    try:
        if not _missing(folder, files):
            return
        folder.mkdir(parents=True, exist_ok=True)
        # The workers of a sweep may all want these files: one fetches, the others then find them.
        with FileLock(folder / ".lock"):
            for file in _missing(folder, files):
                _fetch(file, folder, limit, report)
    except OSError as error:
        raise FetchError(
            f"that folder cannot be used ({error.strerror or error})",
            "set EXPLORER_DATA to a folder that can be written and has room for them",
        ) from error


def _missing(folder: Path, files: Sequence[RemoteFile]) -> list[RemoteFile]:
    """Those files that are not in the folder, or are there with a wrong checksum."""
    return [file for file in files if not _is_intact(folder / file.name, file.md5)]


def _is_intact(path: Path, md5: str) -> bool:
    # Imported late: torchvision takes a second or two, and the page should open before that.
    from torchvision.datasets.utils import check_integrity

    return bool(check_integrity(path, md5))


def _fetch(file: RemoteFile, folder: Path, limit: int, report: Report) -> None:
    """Fetch one file from the first mirror that sends it, and put it in place when it is whole."""
    part = folder / f"{file.name}.part"
    failures = []
    for url in file.urls:
        try:
            _fetch_from(url, file.md5, part, limit, partial(report, f"Fetching {file.name}"))
        except _MirrorError as failure:
            failures.append(f"{urlsplit(url).netloc} {failure}")
        else:
            os.replace(part, folder / file.name)
            return
    raise FetchError(
        f"no mirror sends {file.name} ({'; '.join(failures)})",
        f"try again with a network, or get them by hand from {file.urls[0].rpartition('/')[0]}/",
    )


def _fetch_from(url: str, md5: str, part: Path, limit: int, tell: Callable[[float], None]) -> None:
    """Fill ``part`` from one mirror until its checksum is right.

    Another try is worth it if the last one changed what we hold: a transfer that broke off is
    resumed, and a part that led to a wrong checksum is gone, so that the file is fetched afresh.
    """
    for tries_left in reversed(range(_TRIES)):
        held = _size(part)
        try:
            _transfer(url, part, limit, tell)
            if _is_intact(part, md5):
                return
            part.unlink()
            raise _MirrorError("sends a file with a wrong checksum")
        except _MirrorError:
            if not tries_left or _size(part) == held:
                raise


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _transfer(url: str, part: Path, limit: int, tell: Callable[[float], None]) -> None:
    """Append to ``part`` what it lacks, or begin it anew if the server cannot go on midway."""
    with _open(url, part) as response:
        resumes = response.status == HTTPStatus.PARTIAL_CONTENT
        done = _size(part) if resumes else 0
        total = None if response.length is None else done + response.length
        with part.open("ab" if resumes else "wb") as file:
            while chunk := _receive(response):
                file.write(chunk)
                done += len(chunk)
                tell(min(done / total, 1.0) if total else 0.0)
                if done > limit:
                    return  # Longer than any file wanted: the checksum will refuse it.
    if total is not None and done < total:
        raise _MirrorError("broke off")


def _open(url: str, part: Path) -> HTTPResponse:
    """Ask for what ``part`` lacks."""
    request = Request(url, headers={"User-Agent": "latent-explorer"})
    if held := _size(part):
        request.add_header("Range", f"bytes={held}-")
    try:
        response: HTTPResponse = urlopen(request, timeout=_TIMEOUT)
    except HTTPError as error:
        error.close()
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()  # It is longer than the file, so it is no part of it.
        raise _MirrorError(f"answers with HTTP status {error.code}") from error
    except (OSError, HTTPException, ValueError) as error:  # ValueError: redirected to nonsense
        raise _MirrorError(f"cannot be reached: {_in_one_line(error)}") from error
    return response


def _receive(response: HTTPResponse) -> bytes:
    """The next bytes; none at the end."""
    try:
        return response.read(_CHUNK)
    except (OSError, HTTPException) as error:
        raise _MirrorError(f"broke off: {_in_one_line(error)}") from error


def _in_one_line(error: Exception) -> str:
    """What an error says, without control characters that a server may have put there."""
    text = str(getattr(error, "reason", error)) or type(error).__name__
    return "".join(letter if letter.isprintable() else " " for letter in text)[:200]
