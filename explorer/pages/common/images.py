"""The images behind a model, as far as they are on this machine."""

import streamlit as st

from explorer import session
from explorer.datasets import DATASETS, DatasetUnavailable, HeldOut, Images
from explorer.session.words import plain
from explorer.specs import CheckpointSpec


def quiet_dataset(spec: CheckpointSpec) -> HeldOut | None:
    """The held-out images of the data set a model was trained on, perhaps with the rest of it; None
    if they are not on this machine. Those that ship are loaded in a moment, so they come first."""
    for find in (session.shipped_images, session.local_dataset):
        try:
            if found := find(spec.run.dataset):
                return found
        except DatasetUnavailable:
            pass
    return None


def held_out_images(spec: CheckpointSpec) -> Images | None:
    """The images that the model was measured on; its codes are the codes of these."""
    dataset = quiet_dataset(spec)
    return dataset.test if dataset else None


def local_images(
    spec: CheckpointSpec, needed: str = "its reconstructions need the originals"
) -> HeldOut | None:
    """The held-out images of a model. If they are not on this machine, the page offers to get them
    and says what they are ``needed`` for."""
    images = quiet_dataset(spec)
    if images is None:
        source = DATASETS[spec.run.dataset]
        _offer(
            spec,
            f"The images of {source.title} are not on this machine. The model works without them; "
            f"{needed}.",
        )
    return images


def offer_training_images(spec: CheckpointSpec, needed: str) -> None:
    """If the training images are not on this machine, offer to get them and say what they are
    ``needed`` for."""
    source = DATASETS[spec.run.dataset]
    if session.dataset_loader(source.name) is None:
        _offer(spec, f"The training images of {source.title} are not on this machine; {needed}.")


def _offer(spec: CheckpointSpec, words: str) -> None:
    """Say what is missing, and get it at the press of a button."""
    source = DATASETS[spec.run.dataset]
    try:
        session.local_dataset(source.name)
    except DatasetUnavailable as error:  # its files are there, but broken
        st.warning(plain(error))
    st.info(words)
    if not (session.limits().fetching or session.visitor().is_operator):
        st.caption("Only the operator of this server may have them fetched.")
    elif st.button(f"Get {source.title}", key=f"get {source.name}"):
        try:
            session.fetch_dataset(source.name)
        except DatasetUnavailable as error:
            st.error(plain(error))
        else:
            st.rerun()
