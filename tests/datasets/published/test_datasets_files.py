"""Fetching, against a real server on the loopback interface that fails as real ones do."""

import gzip
import socket
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from explorer.datasets import DatasetUnavailable
from explorer.datasets.published import fetching

FIRST = "train-images-idx3-ubyte.gz"


def refusal(tiny, *mirrors, **options):
    """The one sentence that a load ends in, after checks that hold for every such sentence."""
    with pytest.raises(DatasetUnavailable) as caught:
        tiny.load(*mirrors, **options)
    sentence = str(caught.value)
    assert sentence.startswith("Tiny needs ")
    assert sentence.isprintable()
    assert str(tiny.raw) in sentence
    assert all(name in sentence for name in tiny.files)
    return sentence


def closed_port() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


def contents(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


def test_files_are_fetched_once(tiny, server):
    mirror = tiny.publish(server)
    first = tiny.load(mirror)
    again = tiny.load(mirror)
    assert [path for path, _ in server.requests] == [f"/{name}" for name in tiny.files]
    assert contents(tiny.raw) == set(tiny.files)
    assert (first.train.pixels == again.train.pixels).all()
    published = gzip.decompress(tiny.files["t10k-images-idx3-ubyte.gz"])[16:]
    assert first.test.pixels.numpy().tobytes() == published


def test_progress_is_told(tiny, server, monkeypatch):
    monkeypatch.setattr(fetching, "_CHUNK", 10_000)
    tiny.load(tiny.publish(server))
    shares = [share for text, share in tiny.told if FIRST in text]
    assert len(shares) > 3
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_server_may_keep_the_length_to_itself(tiny, server):
    server.tells_length = False
    assert len(tiny.load(tiny.publish(server)).test) == 20


def test_a_broken_transfer_is_resumed(tiny, server):
    server.at_most = 25_000
    tiny.load(tiny.publish(server))
    ranges = [asked for path, asked in server.requests if path == f"/{FIRST}"]
    assert ranges == [None, "bytes=25000-", "bytes=50000-"]


def test_a_later_call_resumes_too(tiny, server):
    server.at_most = 10_000  # five tries do not suffice
    assert "broke off" in refusal(tiny, tiny.publish(server))
    assert contents(tiny.raw) == {f"{FIRST}.part"}
    server.requests.clear()
    server.at_most = None
    tiny.load(server.url)
    assert server.requests[0] == (f"/{FIRST}", "bytes=50000-")


def test_without_ranges_a_transfer_begins_anew(tiny, server):
    server.at_most = 20_000
    server.resumes = False
    assert "broke off" in refusal(tiny, tiny.publish(server))
    server.requests.clear()
    server.at_most = None
    tiny.load(server.url)
    assert [path for path, _ in server.requests] == [f"/{name}" for name in tiny.files]


def test_a_cancelled_transfer_is_resumed(tiny, server, monkeypatch):
    monkeypatch.setattr(fetching, "_CHUNK", 10_000)

    def cancel(text, share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tiny.load(tiny.publish(server), report=cancel)
    tiny.load(server.url)
    assert (f"/{FIRST}", "bytes=10000-") in server.requests


@pytest.mark.parametrize("stale", [b"of another file", bytes(100_000)], ids=["short", "too long"])
def test_a_part_of_something_else_does_no_harm(tiny, server, stale):
    tiny.raw.mkdir(parents=True)
    (tiny.raw / f"{FIRST}.part").write_bytes(stale)
    assert len(tiny.load(tiny.publish(server)).test) == 20


def test_wrong_checksum_leaves_nothing(tiny, server):
    mirror = tiny.publish(server)
    server.files[f"/{FIRST}"] = b"<html>Welcome to our wireless network</html>"
    assert "wrong checksum" in refusal(tiny, mirror)
    assert contents(tiny.raw) == set()
    assert len(tiny.load(tiny.publish(server)).test) == 20


def test_what_is_too_long_is_not_fetched_to_the_end(tiny, server, monkeypatch):
    monkeypatch.setattr(fetching, "_CHUNK", 10_000)
    mirror = tiny.publish(server)
    server.files[f"/{FIRST}"] = bytes(50_000_000)
    tiny.limit = 100_000
    assert "wrong checksum" in refusal(tiny, mirror)
    assert len(tiny.told) == 11
    assert contents(tiny.raw) == set()


def test_a_truncated_file_is_named_as_such(tiny, server):
    tiny.load(tiny.publish(server))
    path = next(tiny.folder.rglob("*train-images*"))
    path.write_bytes(path.read_bytes()[:40])
    sentence = refusal(tiny, closed_port())
    assert (
        f"but {path.name} there is damaged, with 40 bytes and a wrong checksum, and no" in sentence
    )
    path.unlink()
    assert "damaged" not in refusal(tiny, closed_port())


def test_a_damaged_file_is_replaced(tiny, server):
    tiny.place()
    (tiny.raw / FIRST).write_bytes(tiny.files[FIRST][:-1])
    tiny.load(tiny.publish(server))
    assert server.requests == [(f"/{FIRST}", None)]
    assert (tiny.raw / FIRST).read_bytes() == tiny.files[FIRST]


def test_mirrors_are_tried_in_order(tiny, server):
    mirror = tiny.publish(server)
    tiny.load(closed_port(), f"{mirror}gone/", mirror)
    assert [path for path, _ in server.requests[:2]] == [f"/gone/{FIRST}", f"/{FIRST}"]


def test_files_in_place_need_no_server(tiny):
    tiny.place()
    assert len(tiny.load(closed_port()).train) == 60


def test_no_server_at_all(tiny):
    mirror = closed_port()
    sentence = refusal(tiny, mirror, f"{mirror}second/")
    assert sentence.count("cannot be reached") == 2
    assert f"by hand from {mirror}" in sentence


def test_no_such_file(tiny, server):
    assert "answers with HTTP status 404" in refusal(tiny, server.url)


def test_what_does_not_speak_http(tiny):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(b"\x1b[31mSSH-2.0-OpenSSH\r\n")

        thread = Thread(target=answer, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        mirrors = [f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}/"]
        assert refusal(tiny, *mirrors).count("cannot be reached") == 2
        thread.join()


def test_a_silent_server_is_given_up(tiny, monkeypatch):
    monkeypatch.setattr(fetching, "_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert "timed out" in refusal(tiny, f"http://127.0.0.1:{listener.getsockname()[1]}/")


def test_several_readers_fetch_once(tiny, server):
    mirror = tiny.publish(server)
    loaded = []
    threads = [Thread(target=lambda: loaded.append(tiny.load(mirror))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 4
    assert len(server.requests) == len(tiny.files)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the full device of Linux")
def test_a_full_disk(tiny, server):
    tiny.raw.mkdir(parents=True)
    (tiny.raw / f"{FIRST}.part").symlink_to("/dev/full")
    sentence = refusal(tiny, tiny.publish(server))
    assert "No space left on device" in sentence
    assert "EXPLORER_DATA" in sentence


def test_a_folder_that_cannot_be(tiny, server):
    # A folder below a regular file: not even the superuser can write there.
    tiny.folder.write_bytes(b"")
    sentence = refusal(tiny, tiny.publish(server))
    assert "Not a directory" in sentence
    assert "EXPLORER_DATA" in sentence
    assert server.requests == []


# What follows has the right checksum: the publisher's own file is damaged.


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"])
def test_a_truncated_gzip(tiny, name):
    tiny.files[name] = tiny.files[name][:-9]
    tiny.place()
    assert f"{name} is damaged" in refusal(tiny, closed_port())


def test_labels_beyond_the_classes(tiny):
    name = "t10k-labels-idx1-ubyte.gz"
    header = gzip.decompress(tiny.files[name])[:8]
    tiny.files[name] = gzip.compress(header + np.full(20, 10, np.uint8).tobytes())
    tiny.place()
    assert "test labels go up to 10" in refusal(tiny, closed_port())
