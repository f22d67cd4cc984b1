"""What processes use of the machine, as Linux tells: processor time and memory."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

PROCESS_CLOCK = 2  # of a process of any id, as Linux numbers its clocks: CPUCLOCK_SCHED
PROC = Path("/proc")


class Memory(NamedTuple):
    """MB that processes hold together."""

    pss: float  # a shared page counts in parts: what they take from the machine
    rss: float  # a shared page counts in each: what a limit on each counts


def group(number: int) -> list[int]:
    """Every process of a process group."""
    return [int(path.name) for path in PROC.glob("[0-9]*") if _group_of(path) == number]


def family(pid: int) -> list[int]:
    """A process and all that it began, and they, as far as their parents live; PostgreSQL's leave its group."""
    return [pid, *(each for child in _children(pid) for each in family(child))]


def cpu(pids: Iterable[int]) -> float:
    """Seconds of processor time that processes have used so far, in user and in system mode."""
    return sum(map(_cpu, pids))


def peak(pids: Iterable[int]) -> float:
    """MB that processes have had resident at most, each by itself; shared pages count in each."""
    return sum(_kilobytes(pid, "status", "VmHWM:") for pid in pids) * 1024 / 1e6


def memory(pids: Iterable[int]) -> Memory:
    """What processes hold now."""
    held = [(_kilobytes(pid, "smaps_rollup", "Pss:"), _kilobytes(pid, "smaps_rollup", "Rss:")) for pid in pids]
    return Memory(sum(pss for pss, _ in held) * 1024 / 1e6, sum(rss for _, rss in held) * 1024 / 1e6)


def _text(path: Path) -> str:
    """Nothing of a process that has gone, though only a moment ago it was there."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _stat(path: Path) -> list[str]:
    """The fields of /proc/<pid>/stat from the third on."""
    return _text(path / "stat").rpartition(")")[2].split()


def _group_of(path: Path) -> int:
    fields = _stat(path)
    return int(fields[2]) if fields else 0


def _cpu(pid: int) -> float:
    """By the process's own clock, of all its threads, in nanoseconds; /proc counts in hundredths of a second."""
    try:
        return time.clock_gettime(~pid << 3 | PROCESS_CLOCK)  # as clock_getcpuclockid(3) makes it
    except OSError:  # it has gone
        return 0.0


def _kilobytes(pid: int, file: str, field: str) -> int:
    lines = _text(PROC / str(pid) / file).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(field))


def _children(pid: int) -> Iterator[int]:
    for thread in PROC.glob(f"{pid}/task/[0-9]*"):
        yield from map(int, _text(thread / "children").split())
