"""Hostile input at everything that a visitor or a file can say: nothing of it may run or break.

Checkpoints and pictures are mutated and opened by the functions that the app opens them with, in
a process of their own, which is bounded in time and memory. Addresses and messages go to a server
over its connection, with a bystander beside them who must be answered all the time. Anything but a
refusal in one sentence, or something usable, is a *traceback*. Payloads carry code of several
kinds: if any of it ran, it would leave a file behind or fetch an address, which are the *canaries*.

``EXPLORER_BENCH_SHARE`` is the share of all items that is tried (1.0).
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from explorer.bench.base import BenchResult

CHECKPOINTS, PICTURES, ADDRESSES, MESSAGES = 10_000, 2_000, 2_000, 500
SHARE = float(os.environ.get("EXPLORER_BENCH_SHARE", "1"))


def bench_attack(say: Callable[[str], None], share: float = SHARE) -> BenchResult:
    """Counts of what was refused, used, and broke; the longest time; the growth of memory."""
    from explorer.bench.attack.apart import tried_apart  # loads torch, and Streamlit
    from explorer.bench.attack.canary import Canary
    from explorer.bench.attack.outside import attack_server

    def part(count: int) -> int:
        return max(1, round(count * share))

    with tempfile.TemporaryDirectory() as name, Canary(Path(name)) as canary:
        folder = Path(name)
        say("checkpoints")
        rows = [tried_apart("checkpoints", part(CHECKPOINTS), folder, canary, say)]
        say("pictures")
        rows.append(tried_apart("pictures", part(PICTURES), folder, canary, say))
        rows += attack_server(part(ADDRESSES), part(MESSAGES), folder, canary, say)
        rows.append({"name": "canaries", **canary.sung()})
    return BenchResult("attack", rows)
