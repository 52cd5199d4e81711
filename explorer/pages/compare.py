"""Compare: models side by side, and one model along its KL weight."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.checkpoints import Checkpoint
from explorer.components.latent_pad import ImageGrid, PadPlane, latent_pad
from explorer.datasets import DATASETS
from explorer.figures import class_colours, mosaic, png, rate_distortion
from explorer.geometry import Plane, orthogonal_alignment, square_grid
from explorer.latent import decode_means, dense_decoder, encode_images, prior_draws
from explorer.measures import MEASURES
from explorer.pages import _parts as parts
from explorer.series import find_series, kl_weight
from explorer.session import Setting
from explorer.specs import CheckpointSpec

TITLE, PATH = "Compare", "compare"

PLACES = (  # where a model stands, and which kind stands there at first
    (Setting.LEFT, "Left", "ae"),
    (Setting.MIDDLE, "Middle", "vae"),
    (Setting.RIGHT, "Right", "collapsed"),
)
PIN_WIDTH = 96  # pixels of a pin's image
DRAWS = 32
SHOWN_IMAGES = 16
GRID_SIDE = 20
GRID_REACH = 3.0  # the series' grid covers the prior to three standard deviations


def render() -> None:
    """The page."""
    specs = parts.readable_checkpoints()
    _side_by_side(specs)
    st.divider()
    _along_the_weight(specs)


def _side_by_side(specs: dict[str, CheckpointSpec]) -> None:
    columns = st.columns([2, 3, 3, 3])
    with columns[0]:
        datasets = [name for name in DATASETS if any(s.run.dataset == name for s in specs.values())]
        dataset = session.choose(
            Setting.DATASET,
            "Data set",
            datasets,
            default="mnist" if "mnist" in datasets else datasets[0],
            show=lambda name: DATASETS[name].title,
        )
    fitting = {name: spec for name, spec in specs.items() if spec.run.dataset == dataset}
    chosen = []
    for column, (setting, label, kind) in zip(columns[1:], PLACES, strict=True):
        with column:
            chosen.append(parts.choose_checkpoint(setting, fitting, f"{dataset}-{kind}", label))
    _planes(chosen)
    _decoded(chosen)
    _numbers([checkpoint.spec for checkpoint in chosen])


def _planes(chosen: list[Checkpoint]) -> None:
    classes = parts.class_names(chosen[0].spec)
    planes, pictures = [], []
    for checkpoint in chosen:
        plane = Plane.of(checkpoint.codes.mean)
        pictures.append(plane)
        planes.append(parts.pad_plane(checkpoint, plane))
    given = session.pad_settings(Setting.COMPARE_PINS, (), ("points", "prior"))
    state = latent_pad(
        planes,
        classes=classes,
        palette=class_colours(len(classes)),
        pins=given.pins,
        hidden=given.hidden,
        layers=given.layers,
        height=400,
        key="compare " + " ".join(checkpoint.spec.name for checkpoint in chosen),
    )
    session.remember_pad(Setting.COMPARE_PINS, state, given)
    if not state.pins:
        st.caption("Click anywhere in a plane, a hole too: its decoder draws here what lies there.")
        return
    for index, (column, checkpoint) in enumerate(zip(st.columns(len(chosen)), chosen, strict=True)):
        mine = [(n, pin) for n, pin in enumerate(state.pins) if pin.plane == index]
        if not mine:
            continue
        points = np.array([[pin.x, pin.y] for _, pin in mine])
        images = decode_means(checkpoint.model, pictures[index].from_plane(points))
        with column:
            letters = ", ".join(parts.letter(n) for n, _ in mine)
            side_by_side = min(len(mine), 4)
            parts.show_mosaic(
                images, side_by_side, f"decoded: {letters}", width=PIN_WIDTH * side_by_side
            )


def _decoded(chosen: list[Checkpoint]) -> None:
    """The same prior draws and the same held-out images through every model."""
    with st.columns([1, 4])[0]:
        seed = session.number(Setting.COMPARE_SEED, "Seed of the prior draws", 0, 999_999, 0)
    for column, checkpoint in zip(st.columns(len(chosen)), chosen, strict=True):
        with column:
            z = prior_draws(checkpoint.model, DRAWS, seed)
            parts.show_mosaic(
                decode_means(checkpoint.model, z),
                8,
                caption=f"{checkpoint.spec.name}: the same {DRAWS} draws from N(0, I)",
            )
    images = parts.local_dataset(chosen[0].spec)
    if images is None:
        return
    shown = images.test[:SHOWN_IMAGES]
    originals = shown.floats().numpy()
    for column, checkpoint in zip(st.columns(len(chosen)), chosen, strict=True):
        with column:
            codes = encode_images(checkpoint.model, shown)
            back = decode_means(checkpoint.model, codes.mean)
            pairs = np.concatenate([originals[:8], back[:8], originals[8:], back[8:]])
            parts.show_mosaic(
                pairs, 8, caption=f"{checkpoint.spec.name}: held-out images, then theirs"
            )


def _numbers(specs: list[CheckpointSpec]) -> None:
    """The measured numbers of all models, a column each: narrow enough for a phone."""
    lines = ["| | " + " | ".join(f"**{spec.name}**" for spec in specs) + " |"]
    lines.append("|---|" + "---:|" * len(specs))
    for name, measure in MEASURES.items():
        values = (measure.format(spec.measures.get(name)) for spec in specs)
        lines.append(f"| {measure.title}, *{measure.unit}* | " + " | ".join(values) + " |")
    st.markdown("\n".join(lines))
    with st.popover("What these numbers mean"):
        for measure in MEASURES.values():
            st.markdown(f"**{measure.title}** ({measure.unit}): {measure.help}")


def _along_the_weight(specs: dict[str, CheckpointSpec]) -> None:
    """One model along its KL weight: the plane, turned so that the eye can follow."""
    st.subheader("Along the KL weight")
    series_by_name = find_series(specs)
    if not series_by_name:
        st.info(
            "No series here: train one model with three or more KL weights and nothing else "
            "changed, such as `python -m explorer train digits vae --kl-weight 4 --name …`."
        )
        return
    left, right = st.columns([1, 3])
    with left:
        name = session.choose(Setting.SERIES, "Series", list(series_by_name))
    series = series_by_name[name]
    weights = [kl_weight(spec) for spec in series]
    with right:
        weight = session.slide_along(
            Setting.KL_WEIGHT,
            "KL weight β",
            weights,
            min(weights, key=lambda value: abs(value - 1)),
            show=lambda value: f"{value:g}",
            help="At 0 a VAE is an AE with noise it can shrink; at 1 the loss is −ELBO; beyond, "
            "the KL term wins dimension by dimension.",
        )
    current = weights.index(weight)
    plane_column, curve_column = st.columns([3, 2], gap="medium")
    checkpoint = parts.open_checkpoint(series[current].name)
    with plane_column:
        if checkpoint.model.latent_dim == 2:
            reference = series[min(range(len(series)), key=lambda i: abs(weights[i] - 1))]
            _aligned_plane(checkpoint, parts.open_checkpoint(reference.name))
        else:
            st.info("The aligned plane needs two latent dimensions.")
    with curve_column:
        st.plotly_chart(
            rate_distortion(
                [spec.measures["kl"].value or 0.0 for spec in series],
                [spec.measures["reconstruction"].value or 0.0 for spec in series],
                weights,
                current,
            ),
            config={"displayModeBar": False},
        )
        parts.show_mosaic(
            decode_means(checkpoint.model, prior_draws(checkpoint.model, DRAWS, 0)),
            8,
            caption=f"{DRAWS} draws from N(0, I) at β = {weight:g}",
        )
    _numbers([checkpoint.spec])


def _aligned_plane(checkpoint: Checkpoint, reference: Checkpoint) -> None:
    """The codes turned onto the reference's by orthogonal Procrustes: N(0, I) stays as it is."""
    classes = parts.class_names(checkpoint.spec)
    turn = orthogonal_alignment(reference.codes.mean, checkpoint.codes.mean)  # (2, 2)
    given = session.pad_settings(None, (), ("points", "prior"))
    state = latent_pad(
        [
            PadPlane(
                f"β = {kl_weight(checkpoint.spec):g}",
                checkpoint.codes.mean @ turn,
                checkpoint.codes.labels,
                # Scales are those of the model's own axes; the turned ellipse's box is shown.
                np.sqrt(np.square(checkpoint.codes.scale) @ np.square(turn)),
                _turned_grid(checkpoint, turn),
                decoder=dense_decoder(checkpoint.model, np.zeros(2), turn.T),
            )
        ],
        classes=classes,
        palette=class_colours(len(classes)),
        hidden=given.hidden,
        layers=given.layers,
        height=520,
        key="along the KL weight",
    )
    session.remember_pad(None, state, given)


def _turned_grid(checkpoint: Checkpoint, turn: np.ndarray) -> ImageGrid:
    cells = square_grid((0.0, 0.0), GRID_REACH, GRID_SIDE).reshape(-1, 2)
    images = decode_means(checkpoint.model, cells @ turn.T)
    edge = GRID_REACH * GRID_SIDE / (GRID_SIDE - 1)
    return ImageGrid(png(mosaic(images, GRID_SIDE)), (-edge, edge, -edge, edge))
