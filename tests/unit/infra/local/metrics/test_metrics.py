"""Metrics out of logs: what is counted, what is passed over, and how objectives fare."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.metrics.figures import Row, objective, percentile, rows
from infra.local.metrics.observations import Observations
from infra.local.metrics.page import page
from infra.local.metrics.tables import Metric, Slo

CALLS = Metric("calls", "model called", ("model",), "ms", "Calls.", value="ms")
ENDS = Metric("ends", "job ended", ("cache",), "1", "Ends.", where={"status": "completed"})


def _line(message: str, **fields: Any) -> str:
    return json.dumps({"message": message, **fields}) + "\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log of a function, empty yet."""
    return tmp_path / "generate.log"


@pytest.fixture
def seen(tmp_path: Path) -> Observations:
    """Of both metrics, and of nothing so far."""
    return Observations(tmp_path, [CALLS, ENDS])


def test_lines_are_counted_by_their_labels(log: Path, seen: Observations) -> None:
    """Of their message and fields; a label that is missing is empty, and the most frequent come first."""
    log.write_text(
        _line("job ended", status="completed", cache="hit") * 2
        + _line("job ended", status="failed", cache="hit")
        + _line("job ended", status="completed")
        + _line("job began", status="completed")
    )
    seen.read_on()
    assert rows(ENDS, seen) == [Row({"cache": "hit"}, 2), Row({"cache": ""}, 1)]
    assert rows(CALLS, seen) == []


def test_values_are_distributed(log: Path, seen: Observations) -> None:
    """Their number, sum and percentiles; a line without the value is none of them."""
    log.write_text("".join(_line("model called", model="m", ms=ms) for ms in range(1, 101)) + _line("model called"))
    seen.read_on()
    assert rows(CALLS, seen) == [Row({"model": "m"}, 100, 5050.0, {"p50": 50, "p95": 95, "p99": 99})]


@pytest.mark.parametrize(("values", "percent", "found"), [([7], 99, 7), ([1, 2], 50, 1), ([3, 1, 2], 95, 3)])
def test_a_percentile_is_one_of_the_values(values: list[float], percent: int, found: float) -> None:
    """The nearest rank, whatever their order."""
    assert percentile(values, percent) == found


def test_logs_are_read_on_from_where_they_ended(log: Path, seen: Observations) -> None:
    """A line that is half written counts once it is whole; what is no line of ours is passed over."""
    whole = _line("job ended", status="completed", cache="miss")
    log.write_text(f"Traceback (most recent call last):\n{{not JSON\n{whole}{whole[:20]}")
    seen.read_on()
    assert rows(ENDS, seen) == [Row({"cache": "miss"}, 1)]
    with log.open("a") as more:
        more.write(whole[20:])
    (log.parent / "submit.log").write_text(whole)
    seen.read_on()
    seen.read_on()
    assert rows(ENDS, seen) == [Row({"cache": "miss"}, 3)]


@pytest.mark.parametrize(
    ("rule", "found", "met"),
    [
        ({"below": 20, "goal": 0.6}, 2 / 3, True),
        ({"below": 20, "goal": 0.7}, 2 / 3, False),
        ({"mean_below": 20}, 20.0, True),
        ({"mean_below": 19}, 20.0, False),
    ],
)
def test_an_objective_of_values(
    rule: dict[str, float],
    found: float,
    met: bool,  # noqa: FBT001 - a column of the table
    log: Path,
    seen: Observations,
) -> None:
    """A share below a bound, the bound included, or a mean; of the chosen labels alone."""
    lines = [_line("model called", model="m", ms=ms) for ms in (10, 20, 30)]
    log.write_text("".join(lines) + _line("model called", model="other", ms=999))
    seen.read_on()
    fared = objective(Slo("s", "S", "calls", {"model": ("m",)}, burn=False, **rule), CALLS, seen)  # type: ignore[arg-type]
    assert (fared.observed, fared.met) == (3, met)
    assert fared.found == pytest.approx(found)


def test_an_objective_of_two_counts(log: Path, seen: Observations) -> None:
    """What is neither good nor bad is not observed; of nothing observed nobody knows whether it is met."""
    slo = Slo("s", "S", "ends", {}, burn=False, goal=0.3, good={"cache": ("hit", "miss")})
    assert objective(slo, ENDS, seen).met is None
    words = ["hit", "miss", "miss", "off", "off"]
    log.write_text("".join(_line("job ended", status="completed", cache=word) for word in words))
    seen.read_on()
    fared = objective(slo, ENDS, seen)
    assert (fared.observed, fared.met) == (3, True)
    assert fared.found == pytest.approx(1 / 3)


def test_the_page_shows_what_was_logged_as_text(log: Path, seen: Observations) -> None:
    """Labels may come from anywhere: they are escaped; a metric without observations is named all the same."""
    log.write_text(_line("model called", model="<script>", ms=1234.5))
    seen.read_on()
    slo = objective(Slo("s", "All & sundry", "calls", {}, burn=False, below=2000, goal=0.5), CALLS, seen)
    shown = page([slo], [(CALLS, rows(CALLS, seen)), (ENDS, rows(ENDS, seen))])
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert "All &amp; sundry" in shown
    assert "1,234.5" in shown
    assert "<code>ends</code>" in shown
