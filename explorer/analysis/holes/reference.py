"""The part of the plane in which holes are looked for: where nearly all counted draws lie."""

import numpy as np

from explorer.analysis.geometry import Box, Plane
from explorer.analysis.holes.ratio import code_gaussian
from explorer.analysis.subject import Subject

REACH = 3.5  # standard deviations; two in a thousand draws lie outside that ellipse of a plane
_THINNEST = 0.1  # of the longer side, for codes on a line
_LEAST = 1e-3  # latent units, for codes at one point


def reference_box(subject: Subject) -> Box:
    """The smallest box in the plane of the codes around the ellipse at REACH standard deviations of
    the Gaussian fitted to them, under which the headline's holes are counted. So the same share of
    the draws lies in it whatever the units of the codes.

    Raises:
        ValueError: no code is finite.
    """
    gaussian, plane = subject.once(code_gaussian), Plane.of(subject.all_codes.mean)
    (middle,) = plane.to_plane(gaussian.mean[None])  # (2,)
    reach = REACH * np.linalg.norm(plane.axes @ gaussian.root, axis=1)  # (2,)
    reach = np.maximum(reach, max(_THINNEST * reach.max(), _LEAST))
    (xmin, ymin), (xmax, ymax) = (middle - reach).tolist(), (middle + reach).tolist()
    return xmin, xmax, ymin, ymax
