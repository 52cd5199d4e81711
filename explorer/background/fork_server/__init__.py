"""Processes that begin with torch loaded: a fork server, on Linux.

It is a process that has loaded the slow libraries, has one thread and does nothing else. Asked to,
it forks, and the copy runs a module as ``python -m`` would: in hundredths of a second instead of
several, and in the memory that the libraries take already. ``multiprocessing`` has one too, whose
children run the owner's ``__main__`` once more; under Streamlit that is the app's script.
"""

from explorer.background.fork_server.client import fork, kill_group, prepare, variables

__all__ = ["fork", "kill_group", "prepare", "variables"]
