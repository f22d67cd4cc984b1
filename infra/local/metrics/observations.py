"""What the lines of the logs say, by metric and labels."""

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.metrics.tables import Metric

KEPT = 100_000  # values of one series, the newest; its count and sum are of all

Labels = tuple[str, ...]


@dataclass
class Series:
    """The observations of one metric with the same labels."""

    count: int = 0
    sum: float = 0.0
    values: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))

    def add(self, value: float | None) -> None:
        """One more; None where only their number counts."""
        self.count += 1
        if value is not None:
            self.sum += value
            self.values.append(value)


class Observations:
    """Reads logs, and on where it stopped."""

    def __init__(self, logs: Path, metrics: Iterable[Metric]) -> None:
        self._logs = logs
        self._read: dict[Path, int] = {}  # bytes
        self._by_event: dict[str, list[Metric]] = defaultdict(list)
        for metric in metrics:
            self._by_event[metric.event].append(metric)
        self.series: dict[str, dict[Labels, Series]] = defaultdict(lambda: defaultdict(Series))

    def read_on(self) -> None:
        """Take in what was written since; a line that is not whole yet comes with the next."""
        for path in sorted(self._logs.glob("*.log")):
            with path.open("rb") as log:
                log.seek(self._read.get(path, 0))
                text, _, _ = log.read().rpartition(b"\n")
            if text:
                self._read[path] = self._read.get(path, 0) + len(text) + 1
                for line in text.split(b"\n"):
                    self._add(line)

    def _add(self, text: bytes) -> None:
        if not text.startswith(b"{"):  # a server's own words, or the traceback of one that died
            return
        try:
            line = json.loads(text)
        except ValueError:
            return
        for metric in self._by_event.get(line.get("message", ""), ()):
            self._observe(metric, line)

    def _observe(self, metric: Metric, line: Mapping[str, Any]) -> None:
        if any(line.get(name) != wanted for name, wanted in metric.where.items()):
            return
        value = line.get(metric.value) if metric.value else None
        if metric.value and not isinstance(value, int | float):
            return
        labels = tuple(str(line.get(label, "")) for label in metric.labels)
        self.series[metric.name][labels].add(value)
