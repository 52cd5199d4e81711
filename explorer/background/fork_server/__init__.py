"""Processes that begin with torch loaded: a fork server, on Linux.

It is a process that has loaded the slow libraries, has one thread and does nothing else. Asked to,
it forks, and the copy runs a module as ``python -m`` would: in hundredths of a second instead of
several, and in the memory that the libraries take already.

Two others were measured, beside its 0.06 s and 10 MB for a process that has loaded torch. The fork
server of ``multiprocessing`` has each child run the owner's ``__main__`` first, which under
Streamlit is the app's script (0.87 s, 51 MB; nothing public prevents it), and when it is killed,
children that go on count as ended. loky loads torch anew (2.2 s, 290 MB), and one worker's death
ends the runs of all.
"""

from explorer.background.fork_server.client import fork, kill_group, prepare, variables

__all__ = ["fork", "kill_group", "prepare", "variables"]
