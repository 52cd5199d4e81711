"""The board of training jobs, one per server, and how it tells visitors apart."""

import secrets
from argparse import ArgumentParser
from functools import cache
from typing import Any

import streamlit as st

from explorer.background.jobs.board import Board
from explorer.background.jobs.runners.base import chosen_scheduler

_OWNER = "whose training jobs are mine"


@cache
def board() -> Board:
    """The board. It starts nothing before the first job.

    It is cached by Python and not by Streamlit, whose cache any visitor can clear.
    """
    return Board(_flagged() or chosen_scheduler())


def _flagged() -> str | None:
    """The scheduler in ``streamlit run app.py -- --scheduler tcp://…``."""
    words = ArgumentParser(add_help=False, allow_abbrev=False)
    words.add_argument("--scheduler")
    return words.parse_known_args()[0].scheduler


def owner() -> str:
    """Identifies this visitor, so that their own jobs come first. A browser with Streamlit's cookie
    is recognised after a reload; without it, each session is a new visitor."""
    cookie = st.context.cookies.get("_streamlit_xsrf")
    if cookie:
        return cookie
    if _OWNER not in st.session_state:
        st.session_state[_OWNER] = secrets.token_hex(8)
    return st.session_state[_OWNER]


def go(path: str, **settings: str) -> None:
    """Open another page of the app with these settings, in the same session."""
    pages: dict[str, Any] = st.session_state.get(_PAGES, {})
    if path in pages:
        st.switch_page(pages[path], query_params=settings)


_PAGES = "the pages one can go to"


def know_pages(pages: dict[str, Any]) -> None:
    """Register the pages that ``go`` can open: Streamlit's pages by their path in the URL."""
    st.session_state[_PAGES] = pages
