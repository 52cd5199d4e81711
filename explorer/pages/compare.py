"""Compare: models side by side, and one model along its KL weight."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.checkpoints import Checkpoint
from explorer.components.latent_pad import Film, PadPlane, PathStyle, Pin
from explorer.datasets import DATASETS, Images
from explorer.figures import class_colours, rate_distortion
from explorer.latent import decode_means, encode_images, prior_draws
from explorer.measures import MEASURES
from explorer.models import Model
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
FIRST_CLASS = 3  # of the image that is pinned at first
DRAWS = 32
SHOWN_IMAGES = 16


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
    planes = [parts.pad_plane(checkpoint) for checkpoint in chosen]
    session.show_pad(
        planes,
        classes=classes,
        palette=class_colours(len(classes)),
        pins=Setting.COMPARE_PINS,
        first_pins=_first_pins(planes),
        path=PathStyle(),
        height=320,
        key="compare " + " ".join(checkpoint.spec.name for checkpoint in chosen),
    )


def _first_pins(planes: list[PadPlane]) -> list[Pin]:
    """The same image in every plane, so that a first visit sees what each model makes of it."""
    image = int(np.argmax(planes[0].labels == FIRST_CLASS))  # all held out the same images
    places = [plane.points[image].tolist() for plane in planes]
    return [Pin(index, x, y, point=image) for index, (x, y) in enumerate(places)]


def _decoded(chosen: list[Checkpoint]) -> None:
    """The same prior draws and the same held-out images through every model."""
    with st.columns([1, 4])[0]:
        seed = session.number(Setting.COMPARE_SEED, "Seed of the prior draws", 0, 999_999, 0)
    for column, checkpoint in zip(st.columns(len(chosen)), chosen, strict=True):
        with column:
            parts.show_png(
                _draws_png(checkpoint.spec.digest, checkpoint.model, seed),
                f"{checkpoint.spec.name}: the same {DRAWS} draws from N(0, I)",
            )
    images = parts.local_dataset(chosen[0].spec)
    if images is None:
        return
    for column, checkpoint in zip(st.columns(len(chosen)), chosen, strict=True):
        with column:
            parts.show_png(
                _pairs_png(checkpoint.spec.digest, checkpoint.model, images.test[:SHOWN_IMAGES]),
                f"{checkpoint.spec.name}: held-out images, then theirs",
            )


@session.cached
def _draws_png(digest: str, _model: Model, seed: int) -> bytes:
    return parts.mosaic_png(decode_means(_model, prior_draws(_model, DRAWS, seed)), 8)


@session.cached
def _pairs_png(digest: str, _model: Model, _images: Images) -> bytes:
    originals = _images.floats().numpy()
    back = decode_means(_model, encode_images(_model, _images).mean)
    half = SHOWN_IMAGES // 2
    return parts.mosaic_png(
        np.concatenate([originals[:half], back[:half], originals[half:], back[half:]]), half
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
    with st.columns([1, 3])[0]:
        name = session.choose(Setting.SERIES, "Series", list(series_by_name))
    series = series_by_name[name]
    weights = [kl_weight(spec) for spec in series]
    plane_column, curve_column = st.columns([3, 2], gap="medium")
    with plane_column:
        current = _film(series, weights)
    weight, checkpoint = weights[current], parts.open_checkpoint(series[current].name)
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
        parts.show_png(
            _draws_png(checkpoint.spec.digest, checkpoint.model, 0),
            f"{DRAWS} draws from N(0, I) at β = {weight:g}",
        )
    _numbers([checkpoint.spec])


def _film(series: list[CheckpointSpec], weights: list[float]) -> int:
    """The planes of all weights in one place, turned onto one of them so that the eye can follow;
    returns the weight looked at, by its index."""
    checkpoints = [parts.open_checkpoint(spec.name) for spec in series]
    first = min(range(len(weights)), key=lambda index: abs(weights[index] - 1))
    # Only planes can be turned onto one another; others glide all the same.
    flat = checkpoints[first].model.latent_dim == 2
    reference = checkpoints[first] if flat else None
    names = [f"{weight:g}" for weight in weights]
    planes = [parts.pad_plane(checkpoint, reference) for checkpoint in checkpoints]
    classes = parts.class_names(series[0])
    state = session.show_pad(
        [Film(planes, "KL weight β =", names)],
        classes=classes,
        palette=class_colours(len(classes)),
        frame=Setting.KL_WEIGHT,
        first_frame=first,
        height=480,
        key=f"along the KL weight of {series[0].name}",
    )
    return state.frame
