"""Latent Explorer: ``streamlit run app.py``, or any ASGI server: ``uvicorn app:app``.

This file plays two roles: a server imports it to get the ASGI application, with the route for heavy
files; the application then runs it as its script, once per visit and rerun.
"""

import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.background.memory import free_garbage, freeze_garbage_collector, spare_memory
from explorer.components import departures, farewells, files, forgeries, page_tools, uploads
from explorer.components.commands import NeededCommands
from explorer.components.compressed import CompressedScripts
from explorer.components.headers import SafeHeaders
from explorer.components.hosts import KnownHosts
from explorer.components.promptness import send_at_once
from explorer.components.visitors import Visitors
from explorer.files import operator_token, secret_key

# Set before torch is loaded: OpenMP threads that busy-wait for one another starve as soon as
# anything else runs.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@asynccontextmanager
async def load_ahead(app: st.App) -> AsyncIterator[None]:
    """Load torch, the pages and what they show first while the server starts, so that no visitor
    has to wait for it."""
    send_at_once()
    print(f"Operator's token, for the Train page: {operator_token()}", flush=True)
    threading.Thread(target=get_ready, daemon=True).start()
    async with farewells.sweeping(then=free_garbage):
        yield


def get_ready() -> None:
    """Import the pages, which takes seconds, and warm them up."""
    # Plotly looks into pandas as soon as any thread has begun to load it, and fails while it is not
    # whole. So it is loaded first, before there is a page that could draw a figure.
    import pandas  # noqa: F401

    from explorer.pages.warm import warm_up

    warm_up()


def name_on_phones(title: str) -> str:
    """The page's name beside the menu: on a phone Streamlit hides the navigation that says it."""
    return (
        "<style>@media (max-width: 640px) { [data-testid=stHeader]::after {"
        f' content: "{title}"; position: absolute; left: 4.5rem; font-weight: 600 }} }}</style>'
    )


if get_script_run_ctx(suppress_warning=True) is None:
    os.umask(0o077)  # what visitors train and draw is for nobody else on this machine
    departures.forgive_departures()
    farewells.end_sessions_in_time()
    forgeries.ignore_forgeries()
    uploads.keep_few_uploads()
    spare_memory()
    from starlette.middleware import Middleware

    app = st.App(
        __file__,
        routes=files.routes(),
        middleware=[
            Middleware(SafeHeaders),
            Middleware(KnownHosts),
            Middleware(Visitors, key=secret_key()),
            Middleware(CompressedScripts),
            Middleware(NeededCommands),
        ],
        lifespan=load_ahead,
    )
else:
    from explorer import session
    from explorer.pages import PAGES
    from explorer.pages.common import heading

    st.set_page_config(page_title="Latent Explorer", layout="wide")
    freeze_garbage_collector()
    # Streamlit leaves a quarter of a laptop's screen empty above the page, and on a phone a fifth
    # of a table's width between its columns.
    st.html(
        "<style>.stMainBlockContainer { padding-top: 3.75rem; padding-bottom: 2rem }"
        f"{heading.STYLE}"
        "@media (max-width: 640px) {"
        " .stMarkdown :is(td, th) { padding-inline: 0.25rem !important } }"
        f"{page_tools.STYLE}</style>"
    )
    pages = {
        page.PATH: st.Page(page.render, title=page.TITLE, url_path=page.PATH, default=index == 0)
        for index, page in enumerate(PAGES)
    }
    session.know_pages(pages)
    page = st.navigation(list(pages.values()), position="top")
    st.html(name_on_phones(page.title))
    session.begin_link()
    with session.turn():
        try:
            page.run()
        finally:  # also of a page that has stopped
            with st.container(key="page-tools"):
                page_tools.page_tools(session.shown_settings())
