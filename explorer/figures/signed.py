"""Images of signed changes: orange where pixels get brighter, blue where they get darker."""

import numpy as np

_MORE, _LESS, _NONE = (
    np.array(rgb) / 255 for rgb in ((232, 89, 12), (79, 107, 237), (245, 245, 245))
)


def signed(images: np.ndarray, largest: float | None = None) -> np.ndarray:
    """Changes (N, C, H, W) as colours (N, 3, H, W) in [0, 1]; channels are averaged.

    Args:
        images: any numbers; NaN counts as 0.
        largest: the change shown in full colour; by default the largest in ``images``.
    """
    change = np.nan_to_num(np.asarray(images, dtype=np.float64)).mean(axis=1, keepdims=True)
    full = np.abs(change).max(initial=0.0) if largest is None else largest
    share = np.clip(change / (full or 1.0), -1, 1)
    more, less, none = (rgb[None, :, None, None] for rgb in (_MORE, _LESS, _NONE))
    towards = np.where(share > 0, more, less)
    return none + np.abs(share) * (towards - none)
