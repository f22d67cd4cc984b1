"""What other programs take of this machine meanwhile, so that a test of speed can leave it out."""

import os
from collections.abc import Iterable
from pathlib import Path

STAT = Path("/proc/stat")
BUSY = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
IDLE = {"idle", "iowait"}
TICKS = os.sysconf("SC_CLK_TCK")  # a second


class Others:
    """The programs that belong neither to this process nor to the groups given."""

    def __init__(self, groups: Iterable[int]) -> None:
        self._groups = set(groups)

    def seconds(self) -> float:
        """How long they have had the whole machine so far; always 0 where the system does not tell."""
        if not STAT.exists():
            return 0.0
        times = dict(zip(BUSY, map(int, STAT.read_text().splitlines()[0].split()[1:]), strict=False))
        busy = sum(ticks for name, ticks in times.items() if name not in IDLE)
        own = os.times()
        return (busy - sum(map(self._ticks, _processes())) - (own.user + own.system) * TICKS) / TICKS / _cores()

    def _ticks(self, process: Path) -> int:
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            return 0
        _, _, group, *rest = fields
        return int(rest[8]) + int(rest[9]) if int(group) in self._groups else 0


def _processes() -> list[Path]:
    return [path for path in STAT.parent.iterdir() if path.name.isdigit()]


def _cores() -> int:
    return os.cpu_count() or 1


def resident_bytes(group: int) -> int:
    """How much memory the largest process of a group has, as the kernel counts it."""
    return max(map(_resident, (path for path in _processes() if _group(path) == group)), default=0)


def _group(process: Path) -> int | None:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[2])
    except OSError:  # it has ended
        return None


def _resident(process: Path) -> int:
    lines = (process / "status").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)
