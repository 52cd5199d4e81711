"""Background training: jobs in separate processes, on this machine or on a cluster.

::

    from explorer.background.jobs.board import Board

    board = Board()
    job = board.submit("me", "a VAE", [NamedRun(name="my-vae", run=run)])
    while job.active: ...  # look at job.members[0].history

Nothing is imported here, so that a training process starts without loading the board.
"""
