"""The board of training jobs, one per server, and who is who on it."""

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
    """The board. Nothing starts before the first job does.

    Kept by Python and not by Streamlit, whose cache any visitor can clear.
    """
    return Board(_flagged() or chosen_scheduler())


def _flagged() -> str | None:
    """The scheduler in ``streamlit run app.py -- --scheduler tcp://…``."""
    words = ArgumentParser(add_help=False, allow_abbrev=False)
    words.add_argument("--scheduler")
    return words.parse_known_args()[0].scheduler


def owner() -> str:
    """Who this is, so that one's own jobs come first: a browser that Streamlit gave a cookie is
    known again after a reload, any other is new with each session."""
    cookie = st.context.cookies.get("_streamlit_xsrf")
    if cookie:
        return cookie
    if _OWNER not in st.session_state:
        st.session_state[_OWNER] = secrets.token_hex(8)
    return st.session_state[_OWNER]


def go(path: str, **settings: str) -> None:
    """Open another page of the app at an address, in the same session."""
    pages: dict[str, Any] = st.session_state.get(_PAGES, {})
    if path in pages:
        st.switch_page(pages[path], query_params=settings)


_PAGES = "the pages one can go to"


def know_pages(pages: dict[str, Any]) -> None:
    """Tell where ``go`` can go to: Streamlit's pages by their place in the address."""
    st.session_state[_PAGES] = pages
