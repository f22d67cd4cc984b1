"""The bounds of the benchmark, as data: what is measured, by which measure, and how far it may go."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple

from tests.bench.rows import Row


class Bound(NamedTuple):
    """One bound; `name` is a row's, `measure` its ratio or its median; `quick`: whether a quick run has that row."""

    part: str
    name: str
    measure: Literal["ratio", "value"]
    limit: float
    unit: str
    sense: Literal["at most", "at least"] = "at most"
    quick: bool = True

    def __str__(self) -> str:
        """As the table shows it."""
        return f"{self.sense} {self.limit:,g} {self.unit}"


BOUNDS = (
    Bound("cold", "submit: cold start", "ratio", 1.10, "×"),
    Bound("cold", "status: cold start", "ratio", 1.10, "×"),
    Bound("cold", "generate: cold start and a painted job", "ratio", 1.10, "×"),
    Bound("cold", "submit: CPU of the cold start", "ratio", 1.10, "×"),
    Bound("cold", "status: CPU of the cold start", "ratio", 1.10, "×"),
    Bound("cold", "generate: CPU of the cold start and a painted job", "ratio", 1.10, "×"),
    Bound("cold", "generate: cold start and a job of Imagen's", "ratio", 1, "×"),
    Bound("cold", "submit: peak memory", "ratio", 1.15, "×"),
    Bound("cold", "status: peak memory", "ratio", 1.15, "×"),
    Bound("cold", "generate: peak memory", "ratio", 1.15, "×"),
    Bound("cold", "submit: slowest import of ours", "value", 5, "ms"),
    Bound("cold", "status: slowest import of ours", "value", 5, "ms"),
    Bound("cold", "generate: slowest import of ours", "value", 5, "ms"),
    Bound("cold", "sweep: slowest import of ours", "value", 5, "ms"),
    Bound("cold", "notify: slowest import of ours", "value", 5, "ms"),
    Bound("cold", "openai: slowest import of ours", "value", 5, "ms"),
    Bound("cpu", "submit: CPU a request", "ratio", 1.25, "×"),
    Bound("cpu", "status: CPU a request", "ratio", 1.25, "×"),
    Bound("growth", "submit: CPU a request, 100,000 stored", "ratio", 1.05, "×", quick=False),
    Bound("growth", "status: CPU a request, 100,000 stored", "ratio", 1.05, "×", quick=False),
    Bound("jobs", "submit: CPU a request", "ratio", 1.0, "×"),
    Bound("jobs", "200 ms, 32 in flight, 8 workers: jobs/s", "ratio", 1.3, "×", "at least"),
    Bound("jobs", "200 ms, 32 in flight, 8 workers: memory (PSS), generate / workers", "ratio", 1.0, "×"),
    Bound("jobs", "200 ms, 1 in flight, 8 workers: end-to-end beyond the model", "ratio", 3, "×"),
    Bound("local_cloud", "start to ready", "value", 2, "s"),
    Bound("local_cloud", "start to ready: CPU", "value", 2, "s"),
    Bound("local_cloud", "document creates, one thread", "value", 800, "/s", "at least"),
    Bound("local_cloud", "document creates, eight threads", "value", 1_500, "/s", "at least"),
    Bound("local_cloud", "document creates, eight threads: the server's CPU", "value", 667, "µs"),
    Bound("local_cloud", "resident at 50,000 documents of 1 kB", "value", 200, "MB"),
)


class Verdict(NamedTuple):
    """What became of a bound; `found` is None where its row was not measured, which breaks it too."""

    bound: Bound
    found: float | None
    holds: bool


def judged(
    measured: Mapping[str, Sequence[Row]], bounds: Collection[Bound] = BOUNDS
) -> dict[tuple[str, str], list[Verdict]]:
    """The verdicts on the bounds of the parts that ran, by part and row; none on a row that says why not."""
    verdicts: dict[tuple[str, str], list[Verdict]] = {}
    for bound in bounds:
        if bound.part in measured:
            rows = [row for row in measured[bound.part] if row.name == bound.name]
            if not (rows and rows[0].unjudged):
                verdicts.setdefault((bound.part, bound.name), []).append(_judge(bound, rows))
    return verdicts


def _judge(bound: Bound, rows: Sequence[Row]) -> Verdict:
    found = getattr(rows[0], bound.measure) if rows else None
    if found is None:
        return Verdict(bound, None, holds=False)
    return Verdict(bound, found, holds=found <= bound.limit if bound.sense == "at most" else found >= bound.limit)
