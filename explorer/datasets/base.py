"""The interface of data sets: a source, and the images that loading it returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

# What is being fetched, and the fraction completed in [0, 1].
Report = Callable[[str, float], None]


NO_CLASS = -1  # the label of every image of a data set without classes


class DatasetUnavailable(Exception):
    """A data set cannot be loaded; the message says why, in which folder, and what to do."""


@dataclass(frozen=True)
class Images:
    """Images of one split, held as one ``uint8`` tensor.

    Attributes:
        pixels: (N, C, H, W) uint8, 0 to 255.
        labels: (N,) int64, indices into the data set's classes; NO_CLASS if it has none.
        factors: (N, F) float32, the known factors of variation, or None.
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
    """A known factor of variation: a number per image.

    Attributes:
        name: used in URLs.
        title: the name shown to users.
        unit: its unit of measurement.
        kinds: names of its values 0, 1, … if it is categorical.
    """

    name: str
    title: str
    unit: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeldOut:
    """What models are measured on: the images of a data set that are never used for training, with
    or without named classes."""

    name: str
    classes: tuple[str, ...]
    test: Images

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image, in pixels."""
        channels, height, width = self.test.pixels.shape[1:]
        return channels, height, width


@dataclass(frozen=True, kw_only=True)
class ImageDataset(HeldOut):
    """A whole data set. Models are trained on ``train``, selected on ``validation`` and measured on
    ``test``."""

    train: Images
    validation: Images


@dataclass(frozen=True)
class InkFrame:
    """How a data set scales and centres the figure in each image, so that a drawing can be placed
    the same way. The defaults are MNIST's.

    Attributes:
        box: the figure's longer side, as a fraction of the image's side; the aspect ratio is kept.
        centre: what is placed at the image's centre: ``"mass"``, the centre of mass, rounded to
            whole pixels as in MNIST, or ``"box"``, the centre of the bounding box.
        pen: the width of a stroke, as a fraction of the box.
    """

    box: float = 20 / 28
    centre: Literal["mass", "box"] = "mass"
    pen: float = 0.14


@dataclass(frozen=True)
class Source:
    """Describes and loads a data set; an entry of DATASETS.

    Attributes:
        name: the name used in specs, URLs and on the command line.
        title: the name shown to users.
        image_shape: channels, height and width, in pixels.
        classes: class names in label order; () if images have none.
        credit: its authors, shown in the app.
        load: (folder, report) → ImageDataset; looks for the files under ``folder``, fetches
            missing ones and passes the progress to ``report``. Raises DatasetUnavailable.
        defaults: run settings that suit it better than the specs' defaults, by name.
        files: the files that ``load`` needs, as paths below ``folder``; () if embedded.
        held_out: loads the held-out images that ship with the app; None if they do not ship.
            Raises DatasetUnavailable.
        ink: how figures are placed in its images.
        training_images, test_images: the number of images in ``train`` and in ``test``.
        factors: describe the columns of ``Images.factors``.
    """

    name: str
    title: str
    image_shape: tuple[int, int, int]
    classes: tuple[str, ...]
    credit: str
    load: Callable[[Path, Report], ImageDataset]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    held_out: Callable[[], HeldOut] | None = None
    ink: InkFrame = InkFrame()
    training_images: int = 55_000
    test_images: int = 10_000
    factors: tuple[Factor, ...] = ()

    def is_here(self, folder: Path) -> bool:
        """Whether all files exist, so that loading fetches none if they are intact."""
        return all((folder / file).is_file() for file in self.files)


def stratified_split(labels: Tensor, counts: tuple[int, ...], seed: int = 0) -> list[Tensor]:
    """Indices of disjoint splits with the given sizes, each stratified by class.

    The split depends only on the labels and the seed. Indices are ascending.
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
