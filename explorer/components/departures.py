"""Visitors who leave while something is being sent to them.

Streamlit 1.67 then closes a connection that is already closed, and the server logs this as an error
of the application, a page long. It is not an error.
"""

import logging

_CLOSED_TWICE = 'Cannot call "send" once a close message has been sent.'  # Starlette's words


def forgive_departures() -> None:
    """Keep departures out of the server's log from now on; everything else is logged as before."""
    logging.getLogger("uvicorn.error").addFilter(is_fault)


def is_fault(record: logging.LogRecord) -> bool:
    """Whether a log record says more than that a visitor has left."""
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, RuntimeError) and str(error) == _CLOSED_TWICE)
