"""The board of training jobs, one per server, and how it tells visitors apart."""

import hmac
import os
import secrets
from argparse import ArgumentParser, Namespace
from functools import cache
from typing import Any

import streamlit as st

from explorer.background.jobs.board import Board
from explorer.background.jobs.limits import CLASS, LAPTOP, Limits
from explorer.background.jobs.owners import Visitor
from explorer.background.jobs.runners.base import chosen_scheduler
from explorer.components.visitors import COOKIE, known_as, visitor_of
from explorer.files import operator_token, secret_key

LIMITS = "EXPLORER_LIMITS"
USER_HEADER, OPERATORS = "EXPLORER_USER_HEADER", "EXPLORER_OPERATORS"

_OWNER = "whose training jobs are mine"
_IS_OPERATOR = "has shown the operator's token"


@cache
def board() -> Board:
    """The board. It starts nothing before the first job.

    It is cached by Python and not by Streamlit, whose cache any visitor can clear.
    """
    return Board(_flagged().scheduler or chosen_scheduler(), limits())


def limits() -> Limits:
    """What visitors may ask for: those of a class under ``streamlit run app.py -- --class``, or if
    ``EXPLORER_LIMITS`` is ``class``."""
    return CLASS if _flagged().for_class or os.environ.get(LIMITS) == "class" else LAPTOP


def _flagged() -> Namespace:
    """The options in ``streamlit run app.py -- --scheduler tcp://… --class``."""
    words = ArgumentParser(add_help=False, allow_abbrev=False)
    words.add_argument("--scheduler")
    words.add_argument("--class", dest="for_class", action="store_true")
    return words.parse_known_args()[0]


def visitor() -> Visitor:
    """Who uses this session: a browser is recognised by the cookie that the server gave it, and
    behind a proxy a user by the header named in ``EXPLORER_USER_HEADER``; otherwise each session is
    a new visitor. Operators are those who have entered the token that the server printed at its
    start, and the users named in ``EXPLORER_OPERATORS``."""
    header = os.environ.get(USER_HEADER)
    named = st.context.headers.get(header, "") if header else ""
    operators = {name.strip() for name in os.environ.get(OPERATORS, "").split(",")} - {""}
    is_operator = named in operators or bool(st.session_state.get(_IS_OPERATOR))
    name = f"user {known_as(named)}" if named else _browser()
    return Visitor(name, is_operator, board().limits.alone)


def _browser() -> str:
    cookie = st.context.cookies.get(COOKIE)
    if isinstance(cookie, str) and (known := visitor_of(cookie, secret_key())):
        return known
    if _OWNER not in st.session_state:
        st.session_state[_OWNER] = secrets.token_hex(8)
    return str(st.session_state[_OWNER])


def become_operator(token: str) -> bool:
    """Make the visitor the operator for this session, if that is the token."""
    right = hmac.compare_digest(token.strip().encode(), operator_token().encode())
    st.session_state[_IS_OPERATOR] = right
    return right


def go(path: str, **settings: str) -> None:
    """Open another page of the app with these settings, in the same session."""
    pages: dict[str, Any] = st.session_state.get(_PAGES, {})
    if path in pages:
        st.switch_page(pages[path], query_params=settings)


_PAGES = "the pages one can go to"


def know_pages(pages: dict[str, Any]) -> None:
    """Register the pages that ``go`` can open: Streamlit's pages by their path in the URL."""
    st.session_state[_PAGES] = pages
