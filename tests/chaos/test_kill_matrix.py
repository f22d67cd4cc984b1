"""Every function, killed with -9 before and after each side effect, and with its answer lost: nothing is lost by it."""

import pytest

from tests.chaos.conftest import long_run, short_run
from tests.chaos.matrix import Row, run, table
from tests.chaos.points import AWAITED, CELLS, SHORT, Cell
from tests.chaos.rig import Rig


def _matrix(rig: Rig, cells: tuple[Cell, ...], capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[Row] = []
    for cell in cells:
        try:
            rows.append(run(rig, cell))
        except AssertionError as exc:
            raise AssertionError(f"{cell}: {exc}\n{table(rows)}") from exc
    rig.clock.advance(7200)
    rig.sweep()
    stray = {row.job_id for row in rows if len(rig.objects(row.job_id)) != 2}
    with capsys.disabled():
        print(f"\n{table(rows)}")  # noqa: T201 - the evidence
    assert not stray
    assert [row for row in rows if not row.is_good] == []


@short_run
def test_a_selection_of_kills_loses_nothing(the_rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    """Completed, told in order, one set of artifacts, nothing left over, at most two calls, each of them booked."""
    _matrix(the_rig, SHORT, capsys)


@long_run
@pytest.mark.timeout(1200)
def test_no_kill_at_any_point_loses_anything(the_rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    """The same, before and after each side effect of each function, and with each answer lost."""
    _matrix(the_rig, tuple(cell for cell in CELLS if cell.scenario != AWAITED), capsys)


@long_run
def test_no_kill_while_a_callback_is_awaited_loses_anything(
    unpolled_rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor pays for an operation again whose id is stored."""
    _matrix(unpolled_rig, tuple(cell for cell in CELLS if cell.scenario == AWAITED), capsys)
