"""Latent Explorer: ``streamlit run app.py``."""

import streamlit as st

from explorer import session
from explorer.pages import PAGES

st.set_page_config(page_title="Latent Explorer", layout="wide")
session.freeze_garbage_collector()
# Streamlit leaves a quarter of a laptop's screen empty above the page.
st.html("<style>.stMainBlockContainer { padding-top: 3.75rem; padding-bottom: 2rem }</style>")
st.navigation(
    [
        st.Page(page.render, title=page.TITLE, url_path=page.PATH, default=index == 0)
        for index, page in enumerate(PAGES)
    ],
    position="top",
).run()
