"""Of the local cloud's rates those count that no neighbour spoiled; processor time always does."""

import pytest

from tests.bench.bounds import Verdict, judged
from tests.bench.parts.local_cloud import Rate, Start, rate_rows, start_rows
from tests.bench.quiet import TICK, Neighbours, busy, neighbours, share
from tests.bench.rows import Row

CREATES = "document creates, eight threads"
SLOW = Rate(500, server=700, client=900, disturbed=True)
FAST = Rate(2_000, server=400, client=600, disturbed=True)
QUIET = Rate(1_600, server=500, client=600, disturbed=False)


def test_the_best_of_the_quiet_rounds_counts_and_the_least_processor_time_of_all() -> None:
    """Whatever was faster beside others."""
    rate, cpu = rate_rows(CREATES, [SLOW, QUIET, FAST])
    assert (rate.value, rate.unjudged, cpu.value) == (1_600, "", 400)
    assert all(verdict.holds for verdict in verdicts(rate, cpu))
    assert len(verdicts(rate, cpu)) == 2


def test_a_rate_that_was_never_quiet_is_shown_and_not_judged() -> None:
    """Its processor time is."""
    rate, cpu = rate_rows(CREATES, [SLOW])
    assert (rate.value, cpu.value) == (500, 700)
    assert "no round was quiet" in rate.unjudged
    (verdict,) = verdicts(rate, cpu)
    assert (verdict.bound.name, verdict.holds) == (cpu.name, False)


def test_a_rate_that_the_client_bounds_is_shown_and_not_judged() -> None:
    """Its time alone is more than the bound leaves it."""
    rate, cpu = rate_rows(CREATES, [QUIET._replace(per_second=1_100, client=900)], 667)
    assert "client took 900" in rate.unjudged
    assert [verdict.bound.name for verdict in verdicts(rate, cpu)] == [cpu.name]
    assert not rate_rows(CREATES, [QUIET], 667)[0].unjudged


def test_a_start_is_judged_likewise() -> None:
    """The quickest that nobody disturbed; the least processor time."""
    seconds, cpu = start_rows([Start(1.0, 0.9, disturbed=True), Start(1.5, 0.8, disturbed=False)])
    assert (seconds.value, seconds.unjudged, cpu.value) == (1.5, "", 0.8)


def test_what_processors_did_is_read_as_linux_tells_it() -> None:
    """Idle time, waiting for disks and interrupts are none of it; what the host of a virtual machine kept is."""
    assert busy("cpu  10 20 30 1000 500 4 5 6 7 8\ncpu0 1 2 3 4 5 6 7 8 9 10\n") * TICK == 66


@pytest.mark.parametrize(("others", "disturb"), [(-0.01, False), (0.2, False), (0.6, True)])
def test_a_tenth_of_the_processors_disturbs(others: float, *, disturb: bool) -> None:
    """Of two processors for two seconds; less does not."""
    found = Neighbours()
    found.share = share(others, seconds=2, processors=2)
    assert found.disturb == disturb


def test_what_is_ours_is_no_neighbours() -> None:
    """However much it is."""
    used = [0.0]
    with neighbours(lambda: used[0]) as found:
        used[0] = 1e9
    assert found.share == 0


def verdicts(*rows: Row) -> list[Verdict]:
    """On the bounds of these rows."""
    names = {row.name for row in rows}
    found = judged({"local_cloud": rows})
    return [each for (_, name), all_of in found.items() if name in names for each in all_of]
