"""scikit-learn's handwritten digits: 1,797 real 8×8 images that need no download."""

from pathlib import Path

import numpy as np
import torch

from explorer.datasets.base import ImageDataset, Images, InkFrame, Report, Source, stratified_split

_SPLIT = (1197, 200, 400)  # train, validation, test


def _load(folder: Path, report: Report) -> ImageDataset:
    return _embedded()


def _embedded() -> ImageDataset:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    # 17 grey levels, 0 to 16.
    pixels = torch.from_numpy(np.rint(bunch.images * 255 / 16).astype(np.uint8)).unsqueeze(1)
    labels = torch.from_numpy(bunch.target.astype(np.int64))
    images = Images(pixels, labels)
    train, validation, test = (images[index] for index in stratified_split(labels, _SPLIT))
    return ImageDataset(SOURCE.name, SOURCE.classes, test, train=train, validation=validation)


SOURCE = Source(
    name="digits",
    title="Digits 8×8",
    image_shape=(1, 8, 8),
    classes=tuple("0123456789"),
    credit="Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI 1998; "
    "shipped with scikit-learn",
    load=_load,
    held_out=_embedded,
    # With the default batch size of 512, an epoch has only two batches.
    defaults={
        "epochs": 150,
        "batch_size": 128,
        "learning_rate": 5e-3,
        "widths": (256, 128),
        "likelihood_scale": 0.25,
    },
    training_images=_SPLIT[0],
    test_images=_SPLIT[2],
    # Each pixel counts the ink in 4×4 pixels of a 32×32 bitmap, which the digit fills in height.
    ink=InkFrame(box=1, centre="box", pen=0.17),
)
