"""The frame of the benchmark: bounds decide how it ends, and what it writes can be read."""

import json
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

from tests.bench.__main__ import chosen, lacking, main, measure, report
from tests.bench.bounds import BOUNDS, Bound, judged
from tests.bench.chart import chart
from tests.bench.pairing import interleaved
from tests.bench.parts import PARTS
from tests.bench.parts.cold import FUNCTIONS
from tests.bench.rows import Row
from tests.bench.table import table
from tests.processes import ROOT

START = Row("submit: cold start", "ms", [300, 330, 900], [280, 300, 850], "bare", note="the slowest: <a> & b")
MEMORY = Row("submit: peak memory", "MB", [72.5])
MEASURED = {"cold": [START, MEMORY]}
HOLDS = Bound("cold", START.name, "ratio", 1.1, "×")
BREAKS = Bound("cold", START.name, "ratio", 1.05, "×")


def test_a_ratio_is_the_median_over_its_pairs() -> None:
    """A round in which the machine was busy slows both halves of its pair."""
    assert START.ratio == pytest.approx(1.0714, abs=1e-4)
    assert (START.value, START.held_against) == (330, 300)
    assert (MEMORY.ratio, MEMORY.held_against) == (None, None)


@pytest.mark.parametrize(("ours", "base"), [([], []), ([1.0], [1.0, 2.0])])
def test_a_row_without_values_or_pairs_is_refused(ours: list[float], base: list[float]) -> None:
    """Its name is said."""
    with pytest.raises(ValueError, match="cold"):
        Row("cold", "ms", ours, base)


def test_rounds_take_turns() -> None:
    """A B, B A, A B: none always follows the other."""
    order: list[str] = []

    def mark(name: str) -> int:
        order.append(name)
        return len(order)

    taken = interleaved(3, lambda: mark("a"), lambda: mark("b"))
    assert "".join(order) == "abbaab"
    assert taken == [[1, 4, 5], [2, 3, 6]]


@pytest.mark.parametrize(
    ("bound", "holds"),
    [
        (HOLDS, True),
        (BREAKS, False),
        (Bound("cold", MEMORY.name, "value", 72.5, "MB"), True),
        (Bound("cold", MEMORY.name, "value", 73, "MB", "at least"), False),
        (Bound("cold", "never measured", "ratio", 9, "×"), False),
        (Bound("cold", MEMORY.name, "ratio", 9, "×"), False),
    ],
)
def test_a_bound_decides_how_it_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bound: Bound, *, holds: bool
) -> None:
    """0 within it, 1 beyond it or where its row was not measured; the table says which."""
    assert report(MEASURED, [], tmp_path, [bound]) == (0 if holds else 1)
    printed = capsys.readouterr().out
    assert ("BROKEN" in printed) != holds
    assert str(bound) in printed


def test_a_bound_of_a_part_that_did_not_run_is_not_judged() -> None:
    """PARTS=cpu says nothing of cold starts."""
    assert judged({"cpu": []}, [BREAKS]) == {}


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    """JSON with the rounds and the verdicts, and a well-formed picture, whatever the words hold."""
    report(MEASURED, [], tmp_path, [BREAKS])
    written = json.loads((tmp_path / "bench.json").read_text())
    assert [(row["name"], row["ours"]) for row in written["rows"]] == [(row.name, row.ours) for row in MEASURED["cold"]]
    assert [(bound["limit"], bound["holds"]) for bound in written["bounds"]] == [(1.05, False)]
    picture = ET.fromstring((tmp_path / "bench.svg").read_text())  # noqa: S314 - our own
    texts = ["".join(each.itertext()) for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "submit: cold start / bare" in texts
    assert "1.07 at most 1.05 ×" in texts


def test_the_picture_of_strange_names_is_well_formed() -> None:
    """Rows are named freely."""
    row = Row('a < b & "c"', "ms", [2], [1], "bare")
    ET.fromstring(chart({"cold": [row]}, {}))  # noqa: S314 - our own


def test_the_table_has_a_line_for_each_row_and_each_note() -> None:
    """Medians, the ratio, the bound; notes below."""
    lines = table(MEASURED, judged(MEASURED, [HOLDS])).splitlines()
    (line,) = (each for each in lines if each.startswith("submit: cold start "))
    assert line.split() == ["submit:", "cold", "start", "330", "ms", "300", "ms", "bare", "1.07", "at", "most", "1.1",
                            "×", "ok"]  # fmt: skip
    assert lines[-1] == "submit: cold start: the slowest: <a> & b"


def test_a_part_that_fails_costs_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others' rows are shown; it ends with 1, and what went wrong is said."""
    good, bad = ModuleType("good"), ModuleType("bad")
    good.run = lambda *, quick: [MEMORY] if quick else []  # type: ignore[attr-defined]
    bad.run = lambda *, quick: {}[quick]  # type: ignore[attr-defined]
    measured, failed = measure({"bad": bad, "good": good}, quick=True)
    assert (measured, failed) == ({"good": [MEMORY]}, ["bad"])
    assert report(measured, failed, tmp_path, []) == 1
    assert "KeyError" in capsys.readouterr().err


def test_parts_are_chosen_by_name() -> None:
    """In the table's order; all where none is named."""
    assert list(chosen(" cpu, cold")) == ["cold", "cpu"]
    assert list(chosen("")) == list(PARTS)
    assert {bound.part for bound in BOUNDS} <= set(PARTS)


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    assert main({"PARTS": "colt"}) == 2
    assert "colt; there are cold" in capsys.readouterr().err


def test_what_is_missing_is_said_with_the_parts_that_go_without(tmp_path: Path) -> None:
    """And nothing where nothing is; a system that is not Linux tells none of what is counted."""
    poor, rich, plain = ModuleType("poor"), ModuleType("rich"), ModuleType("plain")
    poor.missing = lambda: ["There is no Redis here."]  # type: ignore[attr-defined]
    rich.missing = list  # type: ignore[attr-defined]
    parts = {"poor": poor, "rich": rich, "plain": plain}
    assert lacking(parts, tmp_path) == ["There is no Redis here.", "Or measure the rest alone: PARTS=rich,plain"]
    assert lacking({"poor": poor}, tmp_path) == ["There is no Redis here."]
    assert lacking({"rich": rich, "plain": plain}, tmp_path) == []
    (words,) = lacking(parts, tmp_path / "nothing")
    assert "on Linux" in words


def test_the_picture_names_each_part_once_and_what_is_held_against_once() -> None:
    """A row whose name says it already is not told twice."""
    rows = [Row("0 ms, 8 workers: jobs/s", "/s", [1], [50], "8 workers"), START]
    picture = ET.fromstring(chart({"jobs": rows, "cold": [START]}, {}))  # noqa: S314 - our own
    texts = ["".join(each.itertext()) for each in picture.iter("{http://www.w3.org/2000/svg}text")][2:]
    assert texts == ["jobs", "0 ms, 8 workers: jobs/s", "2.0e-02", "submit: cold start / bare", "1.07",
                     "cold", "submit: cold start / bare", "1.07"]  # fmt: skip


def test_the_imports_of_every_function_are_measured_and_bounded() -> None:
    """Those, too, that are not started beside a bare one."""
    there = {path.parent.name for path in (ROOT / "functions").glob("*/main.py")}
    bounded = {bound.name.partition(":")[0] for bound in BOUNDS if bound.name.endswith("slowest import of ours")}
    assert set(FUNCTIONS) == there == bounded
