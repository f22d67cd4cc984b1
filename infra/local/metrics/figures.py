"""What is shown of observations: counts and percentiles by labels, and how the objectives fare."""

from collections.abc import Iterable
from typing import Any

import msgspec

from infra.local.metrics.observations import Labels, Observations, Series
from infra.local.metrics.tables import Metric, Slo

PERCENTILES = (50, 95, 99)


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One series of a metric; without a value there is only the count."""

    labels: dict[str, str]
    count: int
    sum: float | None = None
    percentiles: dict[str, float] = {}


class Objective(msgspec.Struct, frozen=True):
    """How an objective fares; `found` is the share that is good, or the mean. Nothing observed: neither met nor not."""

    name: str
    title: str
    goal: float
    observed: int
    found: float | None
    met: bool | None


def percentile(values: Iterable[float], percent: int) -> float:
    """The smallest value that at least so many percent of the values do not exceed; of none there is none.

    Raises:
        ValueError: there are no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def rows(metric: Metric, observations: Observations) -> list[Row]:
    """The metric's series, those with the most observations first."""
    found = observations.series[metric.name].items()
    return sorted((_row(metric, labels, series) for labels, series in found), key=lambda row: (-row.count, str(row)))


def _row(metric: Metric, labels: Labels, series: Series) -> Row:
    named = dict(zip(metric.labels, labels, strict=True))
    if metric.value is None:
        return Row(named, series.count)
    ranks = {f"p{percent}": percentile(series.values, percent) for percent in PERCENTILES}
    return Row(named, series.count, round(series.sum, 1), ranks)


def objective(slo: Slo, metric: Metric, observations: Observations) -> Objective:
    """How the objective fares as far as the logs go."""
    named = [
        (dict(zip(metric.labels, labels, strict=True)), series)
        for labels, series in observations.series[metric.name].items()
    ]
    chosen = [each for each in named if all(each[0][label] in words for label, words in slo.where.items())]
    if slo.mean_below is not None:
        observed = sum(series.count for _, series in chosen)
        mean = sum(series.sum for _, series in chosen) / observed if observed else None
        return _met(slo, slo.mean_below, observed, mean, met=mean is not None and mean <= slo.mean_below)
    good, observed = _share(slo, chosen)
    goal = slo.goal or 0.0
    share = good / observed if observed else None
    return _met(slo, goal, observed, share, met=share is not None and share >= goal)


def _share(slo: Slo, chosen: list[tuple[dict[str, str], Series]]) -> tuple[int, int]:
    """How many are good, and of how many."""
    if slo.below is not None:
        values = [value for _, series in chosen for value in series.values]
        return sum(value <= slo.below for value in values), len(values)
    ((label, (good, bad)),) = slo.good.items()
    counts = {word: sum(series.count for named, series in chosen if named[label] == word) for word in (good, bad)}
    return counts[good], counts[good] + counts[bad]


def _met(slo: Slo, goal: float, observed: int, found: float | None, *, met: bool) -> Objective:
    return Objective(slo.name, slo.title, goal, observed, found, met if observed else None)


def as_json(metrics: Iterable[Metric], slos: Iterable[Slo], observations: Observations) -> dict[str, Any]:
    """All of it, for programs."""
    by_name = {metric.name: metric for metric in metrics}
    return {
        "slos": [msgspec.to_builtins(objective(slo, by_name[slo.metric], observations)) for slo in slos],
        "metrics": [
            {
                "name": metric.name,
                "unit": metric.unit,
                "description": metric.description,
                "series": msgspec.to_builtins(rows(metric, observations)),
            }
            for metric in by_name.values()
        ],
    }
