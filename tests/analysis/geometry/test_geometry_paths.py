"""Paths over surfaces whose shortest ones are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from explorer.analysis.geometry import PATHS, CodeDensity, Landscape, path_through, picked
from explorer.analysis.geometry.lattice import even_axis
from explorer.models import FAMILIES, Model, View, build_model
from explorer.models.latent import Codes, decode_means
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
from explorer.specs import ModelSpec
from tests.analysis.geometry.surfaces import HalfSphere, Ridge, Slope
from tests.support.toys import TOYS

BOX = (-0.7, 0.7, -0.7, 0.7)
ENDS = [((-0.6, 0.3), (0.6, 0.3)), ((0.5, -0.65), (0.5, 0.65)), ((-0.6, -0.6), (0.1, 0.65))]


def landscape(model: Model, codes: np.ndarray | None = None, box=BOX) -> Landscape:
    codes = np.random.default_rng(0).uniform(-0.7, 0.7, (500, 2)) if codes is None else codes
    labels = np.zeros(len(codes), np.int64)
    held = Codes(codes.astype(np.float32), np.zeros_like(codes, np.float32), labels)
    return Landscape(model.view(), held, box)


def great_circle(model: Model, ends: np.ndarray) -> float:
    a, b = decode_means(model.view(), ends).reshape(2, 3).astype(float)
    return float(np.arccos(np.clip(a @ b, -1, 1)))


@pytest.mark.parametrize("ends", ENDS)
def test_geodesics_of_the_sphere_are_great_circles(ends: tuple) -> None:
    model, pins = HalfSphere(), np.array(ends)
    found = path_through(landscape(model), pins, "geodesic")
    expected = great_circle(model, pins)
    assert found.length == pytest.approx(expected, rel=1e-3)
    assert found.length < path_through(landscape(model), pins, "linear").length
    points = decode_means(model.view(), found.codes).reshape(-1, 3)
    normal = np.cross(points[0], points[-1])
    off = points @ (normal / np.linalg.norm(normal))
    np.testing.assert_allclose(off, 0, atol=0.01)


@pytest.mark.parametrize("ends", ENDS)
def test_a_meridian_is_already_straight(ends: tuple) -> None:
    pins = np.array([ends[0], -np.array(ends[0])])
    lengths = [
        path_through(landscape(HalfSphere()), pins, k).length for k in ("linear", "geodesic")
    ]
    assert lengths[1] / lengths[0] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("ends", ENDS)
def test_geodesics_of_a_slope_are_straight(ends: tuple) -> None:
    pins = np.array(ends)
    found = path_through(landscape(Slope()), pins, "geodesic")
    straight = path_through(landscape(Slope()), pins, "linear")
    assert found.length == pytest.approx(straight.length, rel=1e-4)
    np.testing.assert_allclose(found.codes, straight.codes, atol=5e-3)


def test_the_lattice_finds_the_way_round_a_wall() -> None:
    """Pulled taut from the straight line, a path would stay on the wall."""
    pins = np.array([[-0.3, -0.5], [-0.3, 0.5]])
    found = path_through(landscape(Ridge()), pins, "geodesic")
    over = path_through(landscape(Ridge()), pins, "linear")
    assert over.length > 5
    assert found.length < 1.6
    assert found.codes[:, 0].max() > 0.1


def test_a_path_goes_round_where_there_are_no_codes() -> None:
    """On a flat surface, with codes on a ring: across is short, along the ring is dense."""
    random = np.random.default_rng(0)
    angles, radii = random.uniform(0, 2 * np.pi, 4000), random.normal(0.5, 0.03, 4000)
    ring = radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    land = landscape(Slope(), ring)
    pins = np.array([[0.5, 0.0], [-0.5, 0.0]])
    straight, dense = (path_through(land, pins, kind) for kind in ("linear", "dense"))
    np.testing.assert_allclose(np.linalg.norm(dense.codes, axis=1), 0.5, atol=0.1)
    assert dense.length > straight.length
    assert dense.lowest_density > straight.lowest_density + 1
    assert path_through(land, pins, "geodesic").length == pytest.approx(straight.length, rel=1e-3)


def test_what_a_pixel_costs_is_what_is_said() -> None:
    land = landscape(Slope(), box=(-4, 4, -4, 4))
    inside = land.density.log([[0.0, 0.0]])[0]
    costs = land.cost(torch.tensor([[0.0, 0.0], [3.0, 3.0], [50.0, 50.0]])).numpy()
    expected = 1 + 1 / (np.exp(inside - land.border) + 1 / 99)
    np.testing.assert_allclose(costs, [expected, 100, 100], rtol=0.05)
    assert 1 < expected < 2
    middle = land.lattice.points.shape[0] // 2
    np.testing.assert_allclose(
        land.lattice_cost[[0, middle], [0, middle]], [100, expected], rtol=0.05
    )


def shortest_found(view: View, codes: np.ndarray, ends: np.ndarray) -> float:
    """The length of a path by other means: Dijkstra's on the quantiles of the codes with the eight
    neighbours of each, then L-BFGS on the chain's own coordinates."""
    side = 180
    levels = np.linspace(0, 1, side)
    axes = [
        0.5 * np.quantile(c, levels) + 0.5 * np.interp(levels, [0, 1], [c.min(), c.max()])
        for c in codes.T
    ]
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)

    def pixels(z: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return view.decode(torch.tensor(z, dtype=torch.float32)).mean.flatten(1).numpy()

    images, number = pixels(nodes), np.arange(side**2).reshape(side, side)
    pairs = [
        (number[:-1], number[1:]),
        (number[:, :-1], number[:, 1:]),
        (number[:-1, :-1], number[1:, 1:]),
        (number[:-1, 1:], number[1:, :-1]),
    ]
    one, other = (np.concatenate([pair[k].ravel() for pair in pairs]) for k in (0, 1))
    lengths = np.concatenate(
        [
            np.linalg.norm(images[a] - images[b], axis=1)
            for a, b in zip(np.array_split(one, 20), np.array_split(other, 20), strict=True)
        ]
    )
    graph = coo_matrix((lengths + 1e-9, (one, other)), shape=(side**2, side**2)).tocsr()
    first, last = (int(np.square(nodes - end).sum(1).argmin()) for end in ends)
    _, before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)
    way = [last]
    while way[-1] != first:
        way.append(before[way[-1]])
    chain = np.concatenate([ends[:1], nodes[way[::-1]][1:-1], ends[1:]])
    travelled = np.r_[0, np.cumsum(np.linalg.norm(np.diff(pixels(chain), axis=0), axis=1) + 1e-9)]
    even = np.linspace(0, travelled[-1], 65)
    chain = np.stack([np.interp(even, travelled, c) for c in chain.T], axis=1)

    def energy(inner: np.ndarray) -> tuple[float, np.ndarray]:
        z = torch.tensor(inner.reshape(-1, 2), dtype=torch.float32, requires_grad=True)
        ends = torch.tensor(chain[[0, -1]], dtype=torch.float32)
        drawn = view.decode(torch.cat([ends[:1], z, ends[1:]])).mean.flatten(1)
        total = drawn.diff(dim=0).square().sum()
        (slope,) = torch.autograd.grad(total, z)
        return float(total.detach()), slope.double().numpy().ravel()

    found = minimize(
        energy, chain[1:-1].ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 150}
    )
    chain[1:-1] = found.x.reshape(-1, 2)
    fine = np.linspace(0, 64, 1025)
    fine = np.stack([np.interp(fine, np.arange(65), c) for c in chain.T], axis=1)
    return float(np.linalg.norm(np.diff(pixels(fine), axis=0), axis=1).sum())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("mnist-ae", ((-0.774, 0.920), (19.027, -27.727))),
        ("mnist-ae", ((2.335, 5.092), (-11.416, -10.029))),
    ],
)
def test_no_geodesic_of_the_gallery_is_longer_than_what_others_find(name: str, ends: tuple) -> None:
    """Codes with heavy tails: a uniform lattice of 96² nodes led 7 to 15 % astray here."""
    known, pins = load_checkpoint(find_checkpoint(name)), np.array(ends)
    view = known.model.view()
    found = path_through(Landscape(view, known.codes), pins, "geodesic")
    straight = path_through(Landscape(view, known.codes), pins, "linear")
    assert found.length <= straight.length
    assert found.length <= 1.01 * shortest_found(view, known.codes.mean, pins)


def test_nodes_are_dense_where_the_image_changes() -> None:
    """Along an axis on which the image changes as tanh does: most of it in the middle fifth."""
    lines = np.array([[(-10.0, 0.0), (10.0, 0.0)]])
    shares = even_axis(lines, lambda z: np.tanh(z[:, :1]), 101)
    assert (shares[0], shares[-1]) == (0, 1)
    assert (np.diff(shares) > 0).all()
    assert ((shares > 0.4) & (shares < 0.6)).mean() > 0.8
    flat = even_axis(lines, lambda z: np.zeros((len(z), 3)), 5)
    np.testing.assert_allclose(flat, [0, 0.25, 0.5, 0.75, 1])


@pytest.mark.parametrize("kind", PATHS)
def test_steps_are_even_and_pins_are_met(kind: str) -> None:
    pins = np.array([*ENDS[0], [0.0, -0.5]])
    model = HalfSphere()
    path = path_through(landscape(model), pins, kind)
    np.testing.assert_array_equal(path.codes[[0, 256, 512]], pins)
    steps = np.linalg.norm(
        np.diff(decode_means(model.view(), path.codes).reshape(-1, 3), axis=0), axis=1
    )
    for part in (steps[:256], steps[256:]):
        np.testing.assert_allclose(part, part.mean(), rtol=0.05)
    assert path.length == pytest.approx(steps.sum(), rel=1e-4)
    np.testing.assert_array_equal(picked(path, 5), path.codes[::128])


@pytest.mark.parametrize("kind", PATHS)
def test_the_same_pin_twice_is_a_path_of_no_length(kind: str) -> None:
    path = path_through(landscape(HalfSphere()), np.array([[0.1, 0.2]] * 2), kind)
    assert path.length == pytest.approx(0, abs=1e-4)
    assert np.isfinite(path.codes).all()


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize("far", [5.0, 1e4])
def test_pins_beyond_the_grid_are_reached(kind: str, far: float) -> None:
    path = path_through(landscape(Slope()), np.array([[0.0, 0.0], [far, far]]), kind)
    np.testing.assert_array_equal(path.codes[-1], [far, far])
    assert np.isfinite(path.length)


@pytest.mark.parametrize("family", [*FAMILIES, *TOYS])
@pytest.mark.parametrize("dimensions", [1, 2, 4])
@pytest.mark.parametrize("kind", PATHS)
def test_every_family_has_a_path_or_says_why_not(
    monkeypatch: pytest.MonkeyPatch, kind: str, dimensions: int, family: str
) -> None:
    for name, toy in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, toy)
    spec = ModelSpec(family=family, image_shape=(1, 4, 4), widths=(8,), latent_dim=dimensions)
    view = build_model(spec).view()
    codes = np.random.default_rng(0).normal(size=(60, view.dim)).astype(np.float32)
    scales = np.full_like(codes, 0.1 * view.stochastic)
    land = Landscape(view, Codes(codes, scales, np.zeros(60, np.int64)))
    if PATHS[kind].undefined(view):
        with pytest.raises(ValueError, match="there is no"):
            path_through(land, codes[:2], kind)
        return
    path = path_through(land, codes[:2], kind)
    assert path.codes.shape == (257, view.dim)
    straight = path_through(land, codes[:2], "linear")
    if kind == "geodesic":
        assert path.length <= straight.length
    assert np.isfinite(path.lowest_density)


@pytest.mark.parametrize(
    ("pins", "kind", "reason"),
    [
        ([[0.0, 0.0]], "linear", "two pins"),
        ([[0.0, 0.0], [1.0, 1.0]], "shortcut", "'shortcut' is unknown"),
    ],
)
def test_what_makes_no_path_is_refused(pins: list, kind: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        path_through(landscape(Slope()), np.array(pins), kind)


class TestDensity:
    def test_of_one_posterior_is_that_normal(self) -> None:
        codes = Codes(
            np.array([[1, 2]], np.float32), np.array([[0.5, 2]], np.float32), np.zeros(1, int)
        )
        found = CodeDensity.of(codes, stochastic=True).log([[1.0, 2.0], [1.5, 4.0]])
        np.testing.assert_allclose(found, -np.log(2 * np.pi) - np.array([0, 1]), rtol=1e-5)

    def test_of_many_is_their_mean_on_a_grid_too(self) -> None:
        random = np.random.default_rng(0)
        codes = Codes(
            random.normal(size=(300, 2)).astype(np.float32),
            random.uniform(0.1, 0.5, (300, 2)).astype(np.float32),
            np.zeros(300, int),
        )
        density = CodeDensity.of(codes, stochastic=True)
        x, y = np.linspace(-2, 2, 7), np.linspace(-3, 3, 5)
        grid = np.stack(np.meshgrid(x, y), axis=-1)
        expected = density.log(grid.reshape(-1, 2)).reshape(5, 7)
        np.testing.assert_allclose(density.log_grid(x, y), expected, rtol=1e-3, atol=1e-3)

    def test_without_a_posterior_kernels_stand_for_it(self) -> None:
        draws = np.random.default_rng(0).standard_normal((20_000, 2)).astype(np.float32)
        codes = Codes(draws, np.zeros_like(draws), np.zeros(20_000, int))
        density = CodeDensity.of(codes, stochastic=False)
        assert density.is_kernel
        np.testing.assert_allclose(density.scales[0], 20_000 ** (-1 / 6), rtol=0.02)
        np.testing.assert_allclose(density.log([[0.0, 0.0]]), -np.log(2 * np.pi), atol=0.1)

    def test_codes_that_are_not_finite_are_left_out(self) -> None:
        codes = Codes(
            np.array([[np.nan, 0], [0, 0]], np.float32), np.ones((2, 2), np.float32), np.zeros(2)
        )
        assert len(CodeDensity.of(codes, stochastic=True).means) == 1
