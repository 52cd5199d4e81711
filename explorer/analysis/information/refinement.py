"""Where the true posteriors p(z|x) of images are in the plane, and the log joint on cells there.

A grid that is the same for all images finds the modes of each. Around them, cells are as small as
the image needs: at most about one standard deviation of its posterior in its narrowest direction,
for then the midpoint rule is exact to many digits. The cells of an image come in blocks of 8 × 8,
which images share, so each block is decoded once for all of them. Blocks are added until the joint
at their edges is negligible, whether or not they lie within the grid.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from explorer.analysis.information.cells import BLOCK, NEGLIGIBLE, Cells
from explorer.analysis.information.grid import Grid
from explorer.analysis.information.joints import log_joints
from explorer.models import View
from explorer.models.latent import Codes, batch_size, decoded, log_prior
from explorer.models.pauses import with_pauses

STEP = 1.4  # largest side of a cell, in standard deviations of a posterior's narrowest direction
REACH = 4.2  # standard deviations of q(z|x) that the cells cover
TOLERANCE = 0.04  # largest ``unresolved``, above which cells are halved
MOST_BLOCKS = 1024  # of an image; if it needs more, its cells are made larger
_IMAGES = 10_000  # whose blocks are held together
_TOGETHER = 2**20  # blocks of them all: 268 MB
_MODES = 10.0  # nats below the peak, down to which modes are looked for
_TILE = 4  # cells of the grid along a side of a tile, each with one candidate for a mode
_FINEST, _WIDEST = 12, -4  # halvings of the grid's step
_SHARED = 1  # halvings of the step up to which blocks are wanted by many images
_ATTEMPTS = 8  # changes of an image's step
_BITS = 24  # of the index of a block along an axis
_PIXELS = 2**24  # of the images in one product: 64 MB


def local_cells(
    view: View, images: Tensor, grid: Grid, codes: Codes | None = None
) -> Iterator[Cells]:
    """Cells that hold nearly all of each image's posterior p(z|x), and of q(z|x) unless it is very
    much wider or narrower. Images come in any order, and not at all if their joint is not finite.

    Args:
        view: a view of two dimensions with a likelihood and the density of a prior.
        images: (N, C, H, W) in [0, 1].
        grid: where to look for modes; its step is halved or doubled for each image.
        codes: q(z|x) of the images, or None.
    """
    for start in range(0, len(images), _IMAGES):
        batch = images[start : start + _IMAGES]
        own = None if codes is None else codes[start : start + _IMAGES]
        for cells in _batch(view, batch, grid, own):
            yield replace(cells, images=cells.images + start)


@dataclass(frozen=True)
class _Seeds:
    """Where n images' modes may be: the image of each seed, (S,), ascending, its code (S, 2)
    float64, and each image's number of halvings of the step (n,)."""

    image: np.ndarray
    code: np.ndarray
    level: np.ndarray


def _batch(view: View, images: Tensor, grid: Grid, codes: Codes | None) -> Iterator[Cells]:
    seeds = _located(view, images, grid)
    level, deepest = seeds.level, seeds.level + 2
    if codes is not None:
        # Cells for q(z|x) too, unless there would be very many for the posterior
        narrowest = np.maximum(codes.scale.min(axis=1).astype(np.float64), 1e-30)
        needed = np.ceil(np.log2(grid.step / narrowest / STEP))
        level = np.maximum(level, np.minimum(np.nan_to_num(needed, nan=-99.0), deepest)).astype(int)
    seeds = replace(seeds, level=np.clip(level, _WIDEST, _FINEST))
    for attempt in range(_ATTEMPTS + 1):
        if not len(seeds.image):
            return
        cells, too_many = _grown(view, images, grid, seeds, codes)
        halvings = seeds.level[cells.images]
        finer = ~too_many & (cells.unresolved > TOLERANCE) & (halvings < _FINEST)
        coarser = too_many & (halvings > _WIDEST)
        again = (finer | coarser) & (attempt < _ATTEMPTS)
        if (done := ~again).any():
            yield cells.part(done)
        level = seeds.level.copy()
        level[cells.images] += np.where(finer, 1, -1)
        seeds = _Seeds(*_peaks(cells.part(again)), level)


def _peaks(cells: Cells) -> tuple[np.ndarray, np.ndarray]:
    """The largest cell of each block whose joint is not negligible: its image (S,) and its centre
    (S, 2)."""
    highest = cells.log_joint.reshape(-1, BLOCK**2)
    kept = highest.max(1, initial=-np.inf) > cells.peak[cells.owner] - NEGLIGIBLE
    y, x = np.divmod(highest[kept].argmax(1), BLOCK)
    row = np.arange(len(x))
    across, up = (axis[kept] for axis in cells.axes)
    return cells.images[cells.owner[kept]], np.stack([across[row, x], up[row, y]], 1)


@torch.no_grad()
def _located(view: View, images: Tensor, grid: Grid) -> _Seeds:
    """Modes of each image's joint on the grid, with the level that its curvature at the peak asks
    for."""
    side, points = grid.side, grid.points
    found: list[np.ndarray] = []
    seeds: list[np.ndarray] = []
    levels: list[np.ndarray] = []
    start = 0
    for batch in log_joints(view, images, points):  # (n, side²)
        n = len(batch)
        tiles, places = max_pool2d(
            batch.view(n, 1, side, side), _TILE, ceil_mode=True, return_indices=True
        )
        around = max_pool2d(tiles, 3, 1, 1)
        peak, best = tiles.flatten(1).max(1)
        place = places.flatten(1).gather(1, best[:, None])[:, 0]
        curvature, slack = _curvature(batch, place, side)
        lowest = peak - _MODES - 2 * slack
        modes = (tiles == around) & (tiles > lowest[:, None, None, None])
        image = modes.nonzero()[:, 0]
        found.append(image.cpu().numpy() + start)
        seeds.append(points[places[modes].cpu().numpy()])
        halvings = torch.log2(curvature.clamp(min=1e-12).sqrt() / STEP).ceil()
        halvings += halvings <= 0  # wide cells are few, and cost little
        levels.append(halvings.nan_to_num(0).clamp(_WIDEST, _FINEST).cpu().numpy().astype(int))
        start += n
    return _Seeds(np.concatenate(found), np.concatenate(seeds), np.concatenate(levels))


def _curvature(joint: Tensor, place: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Of log joints (n, side²) at their peaks: the second derivative in the steepest direction,
    (n,) per squared step, and by how much a cell's centre may be below the mode it holds, (n,)
    nats."""
    inside = [(place % side).clamp(1, side - 2), (place // side).clamp(1, side - 2)]
    middle = inside[1] * side + inside[0]

    def at(dx: int, dy: int) -> Tensor:
        return joint.gather(1, (middle + dy * side + dx)[:, None])[:, 0]

    centre = at(0, 0)
    xx, yy = 2 * centre - at(1, 0) - at(-1, 0), 2 * centre - at(0, 1) - at(0, -1)
    xy = (at(1, -1) + at(-1, 1) - at(1, 1) - at(-1, -1)) / 4
    steepest = 0.5 * (xx + yy) + (0.25 * (xx - yy).square() + xy.square()).sqrt()
    return steepest, (0.25 * (xx + yy)).clamp(0, 50)


def _grown(
    view: View, images: Tensor, grid: Grid, seeds: _Seeds, codes: Codes | None
) -> tuple[Cells, np.ndarray]:
    """Blocks that start at the seeds and at q(z|x), and grow until the joint at their edges is
    negligible; and whether an image needs too many, (n,) bool."""
    who, owner = np.unique(seeds.image, return_inverse=True)
    step = grid.step * 0.5 ** seeds.level[who]
    most = min(MOST_BLOCKS, _TOGETHER // len(who))
    x, y = grid.centre
    origin = (x - grid.half_width, y - grid.half_width)
    new = _keys(owner, _corners(seeds.code, step[owner], origin))
    of_q = np.zeros(0, np.int64)
    if codes is not None:
        of_q = np.unique(_keys(*_around(codes[who], step, origin, most)))
        new = np.concatenate([new, of_q])
    new = np.unique(new)
    owner, corner = _blocks(new)
    # Large blocks have many images. With those beside them, few are found missing and decoded again
    shared = seeds.level[who][owner] <= _SHARED
    beside = [_keys(owner[shared], corner[shared] + side) for side in _SIDES]
    new = np.unique(np.concatenate([new, *beside]))
    known, joints = np.zeros(0, np.int64), [np.zeros((0, BLOCK, BLOCK), np.float32)]
    best, too_many = np.full(len(who), -np.inf, np.float32), np.zeros(len(who), bool)
    while len(new):
        owner, corner = _blocks(new)
        joint = _evaluated(view, images, who[owner], step[owner], corner, origin)
        np.maximum.at(best, owner, joint.max((1, 2)))
        known, joints = np.concatenate([known, new]), [*joints, joint]
        lowest = best[owner] - NEGLIGIBLE
        beside = [np.zeros(0, np.int64)]
        for dx, dy in _SIDES:
            edge = joint[:, _EDGE[dy], _EDGE[dx]].max((1, 2)) > lowest
            beside.append(_keys(owner[edge], corner[edge] + (dx, dy)))
        new = np.setdiff1d(np.concatenate(beside), known)
        owner = _blocks(new)[0]
        counts = np.bincount(np.concatenate([_blocks(known)[0], owner]), minlength=len(who))
        too_many[owner[counts[owner] > most]] = True
        new = new[~too_many[owner]]
    joint, owner = np.concatenate(joints), _blocks(known)[0]
    needed = joint.max((1, 2)) > best[owner] - NEGLIGIBLE
    kept = np.flatnonzero(needed | np.isin(known, of_q))
    kept = kept[np.argsort(known[kept])]
    joint, (owner, corner) = joint[kept], _blocks(known[kept])
    return Cells(who, step, owner, corner, joint, ~too_many, origin), too_many


_SIDES = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy]
_EDGE = {-1: slice(0, 1), 0: slice(None), 1: slice(BLOCK - 1, None)}


def _corners(code: np.ndarray, step: np.ndarray, origin: tuple[float, float]) -> np.ndarray:
    """The blocks (n, 2) that hold codes (n, 2)."""
    most = 2.0 ** (_BITS - 1) - 2
    place = np.floor((code - np.array(origin)) / (BLOCK * step[:, None]))
    return place.clip(-most, most).astype(np.int64)


def _around(
    codes: Codes, step: np.ndarray, origin: tuple[float, float], most: int
) -> tuple[np.ndarray, np.ndarray]:
    """The images (P,) and blocks (P, 2) that cover q(z|x) out to REACH standard deviations; only
    the block of its mean if there would be too many."""
    finite = np.flatnonzero(np.isfinite(codes.mean).all(1) & np.isfinite(codes.scale).all(1))
    mean, reach = codes.mean[finite].astype(np.float64), REACH * codes.scale[finite]
    low, high = (_corners(mean + way * reach, step[finite], origin) for way in (-1, 1))
    large = np.prod((high - low + 1).astype(np.float64), axis=1) > most / 2
    low[large] = high[large] = _corners(mean, step[finite], origin)[large]
    width, height = (high - low + 1).T
    of = np.repeat(np.arange(len(finite)), width * height)
    number = np.arange(len(of)) - np.repeat(
        np.cumsum(width * height) - width * height, width * height
    )
    up, across = np.divmod(number, width[of])
    return finite[of], low[of] + np.stack([across, up], 1)


def _keys(owner: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """One number for each block, ordered by the image, or whatever else owns it."""
    x, y = (corner + 2 ** (_BITS - 1)).T
    return (owner << 2 * _BITS) | (y << _BITS) | x


def _blocks(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The owners (P,) and places (P, 2) of blocks."""
    mask = 2**_BITS - 1
    corner = np.stack([keys & mask, (keys >> _BITS) & mask], 1) - 2 ** (_BITS - 1)
    return keys >> 2 * _BITS, corner


@torch.no_grad()
def _evaluated(
    view: View,
    images: Tensor,
    image: np.ndarray,
    step: np.ndarray,
    corner: np.ndarray,
    origin: tuple[float, float],
) -> np.ndarray:
    """The log joint (P, 8, 8) float32 of an image on each of P blocks. A block is decoded once,
    whichever images want it."""
    sizes, size = np.unique(step, return_inverse=True)
    blocks, block = np.unique(_keys(size, corner), return_inverse=True)
    order = np.argsort(block, kind="stable")  # (P,) the pairs, block by block
    ends = np.searchsorted(block[order], np.arange(len(blocks) + 1))
    found = np.empty((len(image), BLOCK, BLOCK), np.float32)
    rows = max(1, _PIXELS // images[0].numel())
    per = max(1, batch_size(view) // BLOCK**2)
    within = np.arange(BLOCK) + 0.5
    for first in with_pauses(range(0, len(blocks), per)):
        size, place = _blocks(blocks[first : first + per])
        start = BLOCK * place
        x, y = (
            origin[k] + (start[:, k, None] + within) * sizes[size, None] for k in (0, 1)
        )  # (n, 8)
        points = np.stack(np.broadcast_arrays(x[:, None, :], y[:, :, None]), -1).reshape(-1, 2)
        prior = torch.from_numpy(log_prior(view, points)).float().to(view.device)
        parts = list(decoded(view, points))
        joints, pairs = [], []
        for number in range(len(place)):
            cells = slice(BLOCK**2 * number, BLOCK**2 * (number + 1))
            own = [replace(parts[0], raw=parts[0].raw[cells])] if len(parts) == 1 else parts
            mine = order[ends[first + number] : ends[first + number + 1]]
            for some in np.split(mine, range(rows, len(mine), rows)):
                seen = images[torch.from_numpy(image[some])].to(view.device)
                joints.append(torch.cat([one.pairs(seen) for one in own], 1) + prior[cells])
                pairs.append(some)
        values = torch.cat(joints).cpu().numpy()
        found[np.concatenate(pairs)] = values.reshape(-1, BLOCK, BLOCK)
    return found
