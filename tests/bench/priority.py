"""Measured processes go ahead of whatever else the machine does, where it lets them.

A start takes half a second of two processors; on a machine that compiles something meanwhile it takes one or two, and
of a pair either half. Both halves, and the local cloud that they ask, go ahead alike: it hides nothing of them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NICE = -15  # of -20 to 19; what the system itself does keeps its turn
REFUSED = "measured among all else that the machine does: only root goes ahead of it"


@contextmanager
def ahead() -> Iterator[str]:
    """This process, and what it starts within the block, goes ahead; gives what is to be said where it may not."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, min(NICE, before))
    except PermissionError:
        yield REFUSED
        return
    try:
        follow(os.getpid())
        yield ""
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, before)
        follow(os.getpid())


def follow(*pids: int) -> None:
    """Have the sessions of processes as far ahead as this process is.

    Linux gives each session its part of the processors first, and asks for priorities within a session alone:
    https://man7.org/linux/man-pages/man7/sched.7.html, "The autogroup feature". Where it does not, or this is not
    Linux, priorities are all there is.
    """
    for pid in pids:
        with suppress(OSError):
            Path(f"/proc/{pid}/autogroup").write_text(str(os.getpriority(os.PRIO_PROCESS, 0)))
