"""How colours look: to normal and colour-blind eyes, how far apart, and before a ground.

Complete colour blindness is simulated by the matrices of Machado, Oliveira & Fernandes 2009,
applied to linear RGB. Distances are ΔE2000 (Sharma, Wu & Dalal 2005) in CIELAB (D65): 1 is about
what is just noticed side by side; points in a cloud need several times that.
"""

from collections.abc import Sequence

import numpy as np

EYES = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
_XYZ = np.array(  # of linear sRGB
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def levels(colours: Sequence[str]) -> np.ndarray:
    """``#rrggbb`` as (N, 3) levels from 0 to 255."""
    return np.array([[int(one[at : at + 2], 16) for at in (1, 3, 5)] for one in colours])


def written(rgb: Sequence[int] | np.ndarray) -> str:
    """Three levels from 0 to 255 as ``#rrggbb``."""
    return "#" + "".join(f"{int(level):02x}" for level in rgb)


def linear(rgb: np.ndarray) -> np.ndarray:
    """Levels (…, 3) from 0 to 255 as linear sRGB from 0 to 1."""
    values = np.asarray(rgb) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Linear sRGB (…, 3) as CIELAB."""
    ratio = rgb @ _XYZ.T / _XYZ.sum(axis=1)
    edge = 6 / 29
    f = np.where(ratio > edge**3, np.cbrt(ratio), ratio / (3 * edge**2) + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def seen(rgb: np.ndarray, eye: str) -> np.ndarray:
    """Levels (…, 3) as CIELAB, as one of EYES sees them."""
    return lab(np.clip(linear(rgb) @ EYES[eye].T, 0, 1))


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The smallest ΔE2000 for any of EYES between levels (N, 3) and (M, 3): (N, M)."""
    views = [np.stack([seen(rgb, eye) for eye in EYES]) for rgb in (one, other)]  # (eyes, N, 3)
    return delta_e(views[0][:, :, None], views[1][:, None]).min(axis=0)


def delta_e(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """ΔE2000 of CIELAB colours (…, 3)."""
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(np.asarray(lab), -1, 0) for lab in (one, other))
    grey = _of_chroma((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2)
    a1, a2 = ((1.5 - grey / 2) * a for a in (a1, a2))
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = h2 - h1
    turn = np.where(np.abs(turn) > 180, turn - 360 * np.sign(turn), turn)  # the short way round
    hue = np.where(c1 * c2 > 0, h1 + turn / 2, h1 + h2)  # a grey has no hue
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    weight = (
        1
        - 0.17 * _cos(hue - 30)
        + 0.24 * _cos(2 * hue)
        + 0.32 * _cos(3 * hue + 6)
        - 0.20 * _cos(4 * hue - 63)
    )
    off = (lightness - 50) ** 2
    dl = (l2 - l1) / (1 + 0.015 * off / np.sqrt(20 + off))
    dc = (c2 - c1) / (1 + 0.045 * chroma)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * weight)
    blue = 30 * np.exp(-(((hue % 360 - 275) / 25) ** 2))
    rotation = -2 * _of_chroma(chroma) * np.sin(np.radians(2 * blue))
    return np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 + rotation * dc * dh, 0))


def _of_chroma(chroma: np.ndarray) -> np.ndarray:
    return np.sqrt(chroma**7 / (chroma**7 + 25.0**7))


def _cos(degrees: np.ndarray) -> np.ndarray:
    return np.cos(np.radians(degrees))


def chroma(rgb: np.ndarray) -> np.ndarray:
    """How far from grey levels (…, 3) are for normal eyes: C* of CIELAB."""
    return np.hypot(*np.moveaxis(lab(linear(rgb))[..., 1:], -1, 0))


def hue(rgb: np.ndarray) -> np.ndarray:
    """The hue of levels (…, 3) for normal eyes, in degrees of CIELAB."""
    a, b = np.moveaxis(lab(linear(rgb))[..., 1:], -1, 0)
    return np.degrees(np.arctan2(b, a)) % 360


def contrast(rgb: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """The WCAG 2 contrast ratio of levels (…, 3) to those of a ground, from 1 to 21."""
    one, other = (linear(colour) @ _XYZ[1] + 0.05 for colour in (rgb, ground))
    return np.maximum(one, other) / np.minimum(one, other)
