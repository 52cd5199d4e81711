"""Processes that start with torch already loaded: a fork server, on Linux.

The fork server is a process with one thread that has loaded the slow libraries and does nothing
else. On request it forks, and the fork runs a module as ``python -m`` would. This takes hundredths
of a second instead of several seconds, and the fork shares the memory of the loaded libraries.

A process with torch loaded takes 0.06 s and 10 MB this way. Two alternatives were measured. The
fork server of ``multiprocessing`` makes each child run the owner's ``__main__`` first, which under
Streamlit is the app's script (0.87 s, 51 MB; no public option prevents it), and if the server is
killed, children that are still running count as ended. loky loads torch anew (2.2 s, 290 MB), and
the death of one worker ends the runs of all.
"""

from explorer.background.fork_server.client import fork, kill_group, prepare, variables

__all__ = ["fork", "kill_group", "prepare", "variables"]
