"""Where to start: three doors into the app, on a card for new visitors and in a menu for others."""

import streamlit as st

from explorer import session

WELCOME = (
    "**Latent Explorer** shows what autoencoders make of images: planes in which every place is "
    "an image. Look around, or begin with one of these."
)
WIDTH = 600  # CSS pixels, so that the doors stand beside it on a laptop
DOORS = (  # what it says, and the path of the page behind it
    ("Find a hole", "holes"),
    ("Autoencoder, VAE, collapse", "compare"),
    ("Draw your digit", "draw"),
)


def show_start() -> None:
    """The card of a first visit, until one of its doors is opened or it is closed."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="start-card"):
        st.markdown(WELCOME, width=WIDTH)
        _doors("card")
        st.button("✕", key="close the start card", help="Close", on_click=session.end_start)


def show_doors(key: str) -> None:
    """The same in a menu."""
    st.markdown(WELCOME)
    _doors(key)


def _doors(key: str) -> None:
    for words, path in DOORS:
        if st.button(words, key=f"{key} {path}"):
            session.end_start()
            session.go(path)
