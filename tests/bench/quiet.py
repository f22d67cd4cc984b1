"""Whether the machine was anybody else's while something was measured, as far as Linux tells."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

MOST = 0.1  # of the processors: a rate that was measured beside more says what the neighbours left
STAT = Path("/proc/stat")
TICK = os.sysconf("SC_CLK_TCK")
NAMES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")  # of /proc/stat's first numbers
WORK = ("user", "nice", "system", "steal")  # not interrupts: of connections within the machine, they are ours


class Neighbours:
    """What others took of the machine within a block."""

    share = 0.0  # of all processors' time, a virtual machine's host included

    @property
    def disturb(self) -> bool:
        """Whether it was more than a rate can bear."""
        return self.share > MOST


def busy(stat: str) -> float:
    """Seconds that programs have had of all processors, and that a host kept for itself, by the text of /proc/stat."""
    times = dict(zip(NAMES, map(int, stat.split(maxsplit=len(NAMES) + 1)[1 : len(NAMES) + 1]), strict=True))
    return sum(times[name] for name in WORK) / TICK


@contextmanager
def neighbours(own: Callable[[], float]) -> Iterator[Neighbours]:
    """What is taken within the block beside `own` seconds of processor time so far; filled when it ends."""
    found = Neighbours()
    worked, ours, began = busy(STAT.read_text()), own(), time.monotonic()
    yield found
    others = busy(STAT.read_text()) - worked - (own() - ours)
    found.share = share(others, time.monotonic() - began, os.cpu_count() or 1)


def share(others: float, seconds: float, processors: int) -> float:
    """Of all processors' time; what is counted in hundredths of a second may come out below nothing."""
    return max(0.0, others) / (seconds * processors)
