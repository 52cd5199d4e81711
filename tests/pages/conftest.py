"""Fixtures that open pages without a browser and read back their pictures and pads."""

from __future__ import annotations

import base64
import gc
import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.testing.v1 import AppTest

from explorer.pages import PAGES
from explorer.session.later import _backroom
from tests.pages.trained import train_tiny_models
from tests.support.pictures import read_picture


def read_pixels(levels: str, shape: Sequence[int]) -> np.ndarray:
    """Grey levels (C, H, W) from base64."""
    return np.frombuffer(base64.b64decode(levels), np.uint8).reshape(shape)


@pytest.fixture(autouse=True, scope="module")
def little_to_walk() -> None:
    """Streamlit collects garbage after each run of a page: with all tests loaded, slowly."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_work_left() -> Iterator[None]:
    """Cancel what a page asked for and did not wait for; the next test would wait behind it."""
    yield
    room = _backroom()
    with room._change:
        for one in room._unfinished.values():
            one.asked.clear()
        room._drop_unwanted()


Open = Callable[..., "OpenPage"]
TIMEOUT = 60.0  # seconds for a run of a page
PATIENCE = 240.0  # seconds for all computations in the background


class OpenPage:
    """A page run by Streamlit, with the operations that the tests need."""

    def __init__(self, at: AppTest, files: dict[str, bytes]) -> None:
        self.at = at
        self.files = files

    def run(self) -> OpenPage:
        """Rerun the script, as after a change in the browser."""
        self.at.run()
        return self

    def pads(self) -> list[dict[str, Any]]:
        """The data given to the latent pads, in order."""
        given = [json.loads(pad.proto.json) for pad in self.at.get("bidi_component")]
        return [pad for pad in given if "films" in pad]

    def frame(self) -> dict[str, Any]:
        """The first plane of the first pad."""
        frame: dict[str, Any] = self.pads()[0]["films"][0]["frames"][0]
        return frame

    def decoded(self) -> list[np.ndarray]:
        """The decoded images of the first pad's pins, in order, as grey levels (C, H, W)."""
        pictures = self.pads()[0]["pictures"]
        return [read_pixels(picture["decoded"], picture["shape"]) for picture in pictures]

    def pins(self) -> list[tuple[float, float]]:
        return [(x, y) for _, x, y, *_ in self.pads()[0]["state"]["pins"]]

    def say(self, key: str, **state: Any) -> OpenPage:
        """Set the state reported by the pad with that key, and rerun."""
        self.at.session_state[key] = {"pad": {"pins": [], "hidden": [], "layers": [], **state}}
        return self.run()

    def captions(self) -> list[str]:
        return [image.proto.imgs[0].caption for image in self.at.get("image")]

    def picture(self, caption: str) -> np.ndarray:
        """The pixels (H, W, 3 or 4) of the picture whose caption contains these words, or, if
        ``caption`` is empty, of the picture without a caption."""
        captions = [(image, image.proto.imgs[0].caption) for image in self.at.get("image")]
        (image,) = (i for i, told in captions if (caption in told if caption else not told))
        return read_picture(image.proto.imgs[0].url)

    def words(self) -> str:
        """All text on the page."""
        kinds = ("markdown", "caption", "info", "warning", "error", "subheader")
        return "\n".join(element.value for kind in kinds for element in self.at.get(kind))

    def until(self, ready: Callable[[OpenPage], object]) -> OpenPage:
        """Rerun the page until a result from the background is ready."""
        end = time.monotonic() + PATIENCE
        while not ready(self.assert_well()):
            assert time.monotonic() < end, self.words()
            time.sleep(0.1)
            self.run()
        return self

    def assert_well(self) -> OpenPage:
        assert not self.at.exception, [(e.message, *e.stack_trace) for e in self.at.exception]
        return self


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ``EXPLORER_HOME`` with the tiny models, which must not be modified."""
    home = tmp_path_factory.mktemp("pages") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(home))
        return train_tiny_models(home)


@pytest.fixture
def trained(trained_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home, with the tiny models."""
    monkeypatch.setenv("EXPLORER_HOME", str(trained_home))
    return trained_home


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, as before any data set is fetched."""
    folder = tmp_path / "data"
    monkeypatch.setenv("EXPLORER_DATA", str(folder))
    return folder


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Blocks the network; returns the requests that were made."""
    asked: list[object] = []

    def guarded(really: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*address: Any, **more: Any) -> Any:
            if "127.0.0.1" in str(address):  # our own processes
                return really(*address, **more)
            asked.append(address)
            raise OSError("the network is unreachable")

        return ask

    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, guarded(getattr(socket, name)))
    return asked


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a page by its title at an address: ``open_page("Explore", model="digits-vae")``."""
    files: dict[str, bytes] = {}
    keep = MemoryMediaFileStorage.load_and_get_id

    def watch(storage: Any, path_or_data: Any, *rest: Any, **more: Any) -> str:
        file_id = keep(storage, path_or_data, *rest, **more)
        files[storage.get_url(file_id).rpartition("/")[2]] = path_or_data
        return file_id

    monkeypatch.setattr(MemoryMediaFileStorage, "load_and_get_id", watch)

    def opened(title: str, **query: str) -> OpenPage:
        (module,) = (page.__name__ for page in PAGES if title == page.TITLE)
        at = AppTest.from_string(f"import {module} as page\npage.render()", default_timeout=TIMEOUT)
        for name, value in query.items():
            at.query_params[name] = value
        return OpenPage(at, files).run()

    return opened
