"""The contract of a data set: what a source offers and what loading it gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

# What is being fetched, the share of it that is done in [0, 1].
Report = Callable[[str, float], None]


NO_CLASS = -1  # the label of every image of a data set without classes


class DatasetUnavailable(Exception):
    """A data set cannot be loaded; the message says why, where it is looked for and what to do."""


@dataclass(frozen=True)
class Images:
    """Images of one split, held as one ``uint8`` tensor.

    Attributes:
        pixels: (N, C, H, W) uint8, 0 to 255.
        labels: (N,) int64, index into the data set's classes; NO_CLASS if it has none.
        factors: (N, F) float32 the source's known factors of variation, or None.
    """

    pixels: Tensor
    labels: Tensor
    factors: Tensor | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: Tensor | slice) -> "Images":
        factors = None if self.factors is None else self.factors[index]
        return Images(self.pixels[index], self.labels[index], factors)

    def to(self, device: torch.device) -> "Images":
        """The same images on another device."""
        factors = None if self.factors is None else self.factors.to(device)
        return Images(self.pixels.to(device), self.labels.to(device), factors)

    def floats(self) -> Tensor:
        """Pixels as (N, C, H, W) float32 in [0, 1]."""
        return self.pixels.float() / 255


@dataclass(frozen=True)
class Factor:
    """A known factor of variation: a number that comes with each image.

    Attributes:
        name: in addresses.
        title: the name shown to people.
        unit: what it is counted in.
        kinds: names of its values 0, 1, … if it is a category and no quantity.
    """

    name: str
    title: str
    unit: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImageDataset:
    """A loaded data set. Models train on ``train``, are chosen on ``validation`` and measured on
    ``test``; test images never train. It has named classes, or none."""

    name: str
    classes: tuple[str, ...]
    train: Images
    validation: Images
    test: Images

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image, in pixels."""
        channels, height, width = self.train.pixels.shape[1:]
        return channels, height, width


@dataclass(frozen=True)
class InkFrame:
    """How the makers of a data set put a figure into its picture, so that a drawing can be put
    there alike. The defaults are MNIST's.

    Attributes:
        box: the figure's longer side, as a share of the picture's side (the aspect ratio stays).
        centre: what comes to the middle of the picture: ``"mass"``, the centre of mass, to within
            whole pixels as in MNIST, or ``"box"``, the middle of the bounding box.
        pen: the width of a stroke, as a share of the box.
    """

    box: float = 20 / 28
    centre: Literal["mass", "box"] = "mass"
    pen: float = 0.14


@dataclass(frozen=True)
class Source:
    """Where a data set comes from; what DATASETS holds.

    Attributes:
        name: the name used in specs, URLs and on the command line.
        title: the name shown to people.
        image_shape: channels, height and width, in pixels.
        classes: class names in label order; () where images have none.
        credit: who made it, for the page.
        load: (folder, report) → ImageDataset; looks for its files under ``folder`` and fetches
            missing ones, telling ``report`` how far it is. Raises DatasetUnavailable.
        defaults: settings of a run that suit it better than the specs' own, by name.
        files: what ``load`` needs, as paths below ``folder``; nothing for an embedded data set.
        ink: how figures lie in its pictures.
        training_images: how many ``train`` will hold.
        factors: what the columns of ``Images.factors`` are.
    """

    name: str
    title: str
    image_shape: tuple[int, int, int]
    classes: tuple[str, ...]
    credit: str
    load: Callable[[Path, Report], ImageDataset]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    ink: InkFrame = InkFrame()
    training_images: int = 55_000
    factors: tuple[Factor, ...] = ()

    def is_here(self, folder: Path) -> bool:
        """Whether all files are there, so that loading need not fetch any (if they are intact)."""
        return all((folder / file).is_file() for file in self.files)


def stratified_split(labels: Tensor, counts: tuple[int, ...], seed: int = 0) -> list[Tensor]:
    """Indices of disjoint splits with the given sizes, each with the classes in proportion.

    The split is fixed: it depends on the labels and the seed alone. Indices are ascending.
    """
    from sklearn.model_selection import train_test_split

    rest = torch.arange(len(labels))
    splits = []
    for count in counts[:-1]:
        taken, left = train_test_split(
            rest.numpy(), train_size=count, stratify=labels[rest].numpy(), random_state=seed
        )
        splits.append(torch.from_numpy(taken).sort().values)
        rest = torch.from_numpy(left)
    if len(rest) != counts[-1]:
        raise ValueError(f"splits of {counts} images do not add up to {len(labels)}")
    return [*splits, rest.sort().values]
