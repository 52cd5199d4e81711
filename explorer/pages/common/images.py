"""The images behind a model, if they are on this machine."""

import streamlit as st

from explorer import session
from explorer.datasets import DATASETS, DatasetUnavailable, ImageDataset, Images
from explorer.specs import CheckpointSpec


def quiet_dataset(spec: CheckpointSpec) -> ImageDataset | None:
    """The images a model was trained on, if they are on this machine and intact."""
    try:
        return session.local_dataset(spec.run.dataset)
    except DatasetUnavailable:
        return None


def held_out_images(spec: CheckpointSpec) -> Images | None:
    """The images that the model was measured on; its codes are the codes of these."""
    dataset = quiet_dataset(spec)
    return dataset.test if dataset else None


def local_dataset(
    spec: CheckpointSpec, needed: str = "its reconstructions need the originals"
) -> ImageDataset | None:
    """The images a model was trained on. If they are not on this machine, the page offers to get
    them and says what they are ``needed`` for."""
    source = DATASETS[spec.run.dataset]
    try:
        images = session.local_dataset(source.name)
    except DatasetUnavailable as error:
        st.warning(str(error))
        images = None
    if images is None:
        st.info(
            f"The images of {source.title} are not on this machine. The model works without them; "
            f"{needed}."
        )
        if st.button(f"Get {source.title}", key=f"get {source.name}"):
            try:
                session.fetch_dataset(source.name)
            except DatasetUnavailable as error:
                st.error(str(error))
            else:
                st.rerun()
    return images
