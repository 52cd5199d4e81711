"""What a job is told, and how several contents travel as one."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from explorer.specs import NamedRun, Spec

FRAMES = 80  # of a run's film, about: enough to see the plane form, and bounded
SHOWN_CODES = 1000  # validation images whose codes a frame holds
MOST_NUMBERS = 8000  # in a frame, so that many latent dimensions stay affordable


class Order(Spec):
    """What one process trains: a single run, or several stacked that differ in weight and seed."""

    runs: tuple[NamedRun, ...] = Field(min_length=1)
    ticket: str = Field("", description="What the wishes of its owner name, to tell orders apart.")
    threads: int = Field(1, ge=1, description="Processor threads it may use.")

    @property
    def snapshots(self) -> int:
        """How many validation codes a frame of the film holds."""
        size = max(one.run.model.latent_dim for one in self.runs)
        return min(SHOWN_CODES, max(MOST_NUMBERS // size, 1))


def joined(parts: Sequence[bytes]) -> tuple[list[int], bytes]:
    """Several contents as one: their lengths, and all of them one after another."""
    return [len(part) for part in parts], b"".join(parts)


def parted(lengths: Sequence[int], content: bytes) -> list[bytes]:
    """What ``joined`` had joined."""
    parts, start = [], 0
    for length in lengths:
        parts.append(content[start : start + length])
        start += length
    return parts


def joined_files(files: Mapping[str, bytes]) -> tuple[dict[str, int], bytes]:
    """Files as one content, and the length of each by name."""
    lengths, content = joined(list(files.values()))
    return dict(zip(files, lengths, strict=True)), content


def parted_files(lengths: Mapping[str, int], content: bytes) -> dict[str, bytes]:
    """What ``joined_files`` had joined."""
    return dict(zip(lengths, parted(list(lengths.values()), content), strict=True))
