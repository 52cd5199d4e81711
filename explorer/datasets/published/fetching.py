"""Fetching published files: verified by their md5, resumed after an interrupted transfer."""

import hashlib
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

_CHUNK = 2**18  # bytes read between two reports
_TIMEOUT = 20.0  # seconds without data before giving up on a mirror
_TRIES = 5  # per mirror, each resuming where the last one was interrupted


class FetchError(Exception):
    """The files cannot be obtained: ``why``, and the ``remedy`` to suggest."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.why = why
        self.remedy = remedy


class _MirrorError(Exception):
    """A mirror did not send the file. Not an OSError, which here is an error of the local disk."""


@dataclass(frozen=True)
class RemoteFile:
    """A published file: its name, its checksum and its URLs, in order of preference."""

    name: str
    md5: str
    urls: tuple[str, ...]


def fetch_files(folder: Path, files: Sequence[RemoteFile], limit: int, report: Report) -> None:
    """Fetch all files into the folder. Files that exist and are intact need no network.

    Args:
        folder: where to store the files; created if missing.
        files: the files to fetch.
        limit: maximum size of a file, in bytes.
        report: called with the file being fetched and the fraction completed.

    Raises:
        FetchError: no mirror sends a file with the right checksum, or it cannot be stored.
    """
    try:
        if not _missing(folder, files):
            return
        folder.mkdir(parents=True, exist_ok=True)
        # All workers of a sweep may need these files: one fetches them, the others wait.
        with FileLock(folder / ".lock"):
            for file in _missing(folder, files):
                _fetch(file, folder, limit, report)
    except OSError as error:
        raise FetchError(
            f"that folder cannot be used ({error.strerror or error})",
            "set EXPLORER_DATA to a writable folder with enough space",
        ) from error


def _missing(folder: Path, files: Sequence[RemoteFile]) -> list[RemoteFile]:
    """The files that are not in the folder, or have a wrong checksum there."""
    return [file for file in files if not _is_intact(folder / file.name, file.md5)]


def _is_intact(path: Path, md5: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return (
            hashlib.file_digest(file, partial(hashlib.md5, usedforsecurity=False)).hexdigest()
            == md5
        )


def _fetch(file: RemoteFile, folder: Path, limit: int, report: Report) -> None:
    """Fetch one file from the first mirror that sends it; move it into place once complete."""
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
    here = folder / file.name
    damaged = f"{file.name} there is damaged, with {_size(here):,} bytes and a wrong checksum, and "
    raise FetchError(
        f"{damaged if here.is_file() else ''}no mirror sends {file.name} ({'; '.join(failures)})",
        f"try again with a network, or fetch them by hand from {file.urls[0].rpartition('/')[0]}/",
    )


def _fetch_from(url: str, md5: str, part: Path, limit: int, tell: Callable[[float], None]) -> None:
    """Fetch ``part`` from one mirror until its checksum is right.

    A retry makes sense only if the last try changed ``part``: an interrupted transfer is resumed,
    and after a wrong checksum ``part`` was deleted, so the file is fetched again from the start.
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
    """Append the missing bytes to ``part``, or start again if the server cannot resume."""
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
                    return  # Too long: the checksum will be wrong.
    if total is not None and done < total:
        raise _MirrorError("broke off")


def _open(url: str, part: Path) -> HTTPResponse:
    """Request the bytes missing from ``part``."""
    request = Request(url, headers={"User-Agent": "latent-explorer"})
    if held := _size(part):
        request.add_header("Range", f"bytes={held}-")
    try:
        response: HTTPResponse = urlopen(request, timeout=_TIMEOUT)
    except HTTPError as error:
        error.close()
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()  # It is longer than the file, so not a part of it.
        raise _MirrorError(f"answers with HTTP status {error.code}") from error
    except (OSError, HTTPException, ValueError) as error:  # ValueError: a malformed redirect
        raise _MirrorError(f"cannot be reached: {_in_one_line(error)}") from error
    return response


def _receive(response: HTTPResponse) -> bytes:
    """The next bytes; empty at the end."""
    try:
        return response.read(_CHUNK)
    except (OSError, HTTPException) as error:
        raise _MirrorError(f"broke off: {_in_one_line(error)}") from error


def _in_one_line(error: Exception) -> str:
    """The text of an error, without control characters that a server may have sent."""
    text = str(getattr(error, "reason", error)) or type(error).__name__
    return "".join(letter if letter.isprintable() else " " for letter in text)[:200]
