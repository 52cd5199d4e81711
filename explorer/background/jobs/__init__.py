"""Background training: jobs on this machine or on a cluster, in processes of their own.

::

    from explorer.background.jobs.board import Board

    board = Board()
    job = board.submit("me", "a VAE", [NamedRun(name="my-vae", run=run)])
    while job.active: ...  # look at job.members[0].history

Nothing is imported here: a process that trains starts without the board.
"""
