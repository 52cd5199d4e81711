"""Orders to training processes, and packing several byte strings into one message body."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from explorer.specs import NamedRun, Spec

FRAMES = 80  # approximate number in a film, enough to see the plane form
SHOWN_CODES = 1000  # most validation images with a code in a frame
MOST_NUMBERS = 8000  # in a frame, which bounds its size for many latent dimensions


class Order(Spec):
    """What one process trains: one run, or a stack of runs that differ in weight and seed."""

    runs: tuple[NamedRun, ...] = Field(min_length=1)
    ticket: str = Field("", description="Repeated in the owner's messages about this order.")
    threads: int = Field(1, ge=1, description="CPU threads to use.")

    @property
    def snapshots(self) -> int:
        """The number of validation codes in a frame of the film."""
        size = max(one.run.model.latent_dim for one in self.runs)
        return min(SHOWN_CODES, max(MOST_NUMBERS // size, 1))


def joined(parts: Sequence[bytes]) -> tuple[list[int], bytes]:
    """Join byte strings: returns their lengths and their concatenation."""
    return [len(part) for part in parts], b"".join(parts)


def parted(lengths: Sequence[int], content: bytes) -> list[bytes]:
    """The inverse of ``joined``."""
    parts, start = [], 0
    for length in lengths:
        parts.append(content[start : start + length])
        start += length
    return parts


def joined_files(files: Mapping[str, bytes]) -> tuple[dict[str, int], bytes]:
    """Join files: returns the length of each by name, and their concatenation."""
    lengths, content = joined(list(files.values()))
    return dict(zip(files, lengths, strict=True)), content


def parted_files(lengths: Mapping[str, int], content: bytes) -> dict[str, bytes]:
    """The inverse of ``joined_files``."""
    return dict(zip(lengths, parted(list(lengths.values()), content), strict=True))
