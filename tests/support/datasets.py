"""Toy data sets that are not ten classes of small grey digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from explorer.datasets import NO_CLASS, Factor, ImageDataset, Images, Report, Source

SIZES = (60, 30, 40)  # train, validation, test


def _squares(random: np.random.Generator, count: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Bright squares at random positions, (n, side, side) uint8, and their positions (n, 2)."""
    places = random.integers(side // 8, side - side // 3, (count, 2))
    images = np.zeros((count, side, side), np.uint8)
    for image, (row, column) in zip(images, places, strict=True):
        image[row : row + side // 4, column : column + side // 4] = 255
    return images, places


def _colour(folder: Path | None, report: Report) -> ImageDataset:
    """32×32 images of a red, green or blue square, with its position and hue as factors."""
    random = np.random.default_rng(0)
    parts = []
    for count in SIZES:
        grey, places = _squares(random, count, 32)
        labels = np.arange(count) % 3
        pixels = np.zeros((count, 3, 32, 32), np.uint8)
        pixels[np.arange(count), labels] = grey
        parts.append(
            Images(
                torch.from_numpy(pixels),
                torch.from_numpy(labels),
                torch.from_numpy(np.column_stack([places / 32, labels]).astype(np.float32)),
            )
        )
    train, validation, test = parts
    return ImageDataset("toy-colour", COLOUR.classes, test, train=train, validation=validation)


def _unlabelled(folder: Path | None, report: Report) -> ImageDataset:
    """8×8 images of squares, without labels."""
    random = np.random.default_rng(1)
    parts = []
    for count in SIZES:
        grey, _ = _squares(random, count, 8)
        noise = random.integers(0, 40, grey.shape, dtype=np.uint8)
        pixels = torch.from_numpy(np.maximum(grey, noise))[:, None]
        parts.append(Images(pixels, torch.full((count,), NO_CLASS)))
    train, validation, test = parts
    return ImageDataset("toy-unlabelled", (), test, train=train, validation=validation)


def _many(folder: Path | None, report: Report) -> ImageDataset:
    """Forty classes of 8×8 images, each with one bright column and one dimmer row."""
    random = np.random.default_rng(2)
    parts = []
    for count in (160, 80, 80):
        labels = np.arange(count) % 40
        pixels = random.integers(0, 60, (count, 1, 8, 8), dtype=np.uint8)
        for image, label in zip(pixels, labels, strict=True):
            image[0, :, label % 8] = 255
            image[0, label // 8] = 180
        parts.append(Images(torch.from_numpy(pixels), torch.from_numpy(labels)))
    train, validation, test = parts
    return ImageDataset("toy-many", MANY.classes, test, train=train, validation=validation)


COLOUR = Source(
    name="toy-colour",
    title="Toy colour squares",
    image_shape=(3, 32, 32),
    classes=("red", "green", "blue"),
    credit="made for tests",
    load=_colour,
    training_images=SIZES[0],
    test_images=SIZES[2],
    factors=(
        Factor("row", "Row", "of the side"),
        Factor("column", "Column", "of the side"),
        Factor("hue", "Hue", kinds=("red", "green", "blue")),
    ),
)
UNLABELLED = Source(
    name="toy-unlabelled",
    title="Toy squares without classes",
    image_shape=(1, 8, 8),
    classes=(),
    credit="made for tests",
    load=_unlabelled,
    training_images=SIZES[0],
    test_images=SIZES[2],
)
MANY = Source(
    name="toy-many",
    title="Toy crosses of forty classes",
    image_shape=(1, 8, 8),
    classes=tuple(f"cross {k + 1}" for k in range(40)),
    credit="made for tests",
    load=_many,
    training_images=160,
    test_images=80,
)
TOY_DATASETS: dict[str, Source] = {one.name: one for one in (COLOUR, UNLABELLED, MANY)}
