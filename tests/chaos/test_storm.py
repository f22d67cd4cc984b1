"""Every call may fail, every message double or vanish, every process die: each job ends once, as it should."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import SystemRandom

import pytest

from tests.chaos.broker import broker
from tests.chaos.conftest import long_run, short_run
from tests.chaos.rig import Rig, rig, spent
from tests.chaos.storm import Storm, cleaned

SEED = int(os.environ.get("CHAOS_SEED") or SystemRandom().randrange(2**31))


@pytest.fixture
def stormy(tmp_path: Path) -> Iterator[Rig]:
    """A rig with short leases and patience."""
    with rig(tmp_path, LEASE_SECONDS="40", MAX_ATTEMPTS="50") as made:
        yield made


def _weather(stormy: Rig, count: int, seconds: float, capsys: pytest.CaptureFixture[str]) -> None:
    print(f"to have this weather again: CHAOS_SEED={SEED}")  # noqa: T201 - shown where it fails
    with broker(stormy.running) as lane:
        storm = Storm(stormy, lane, SEED)
        wishes = storm.rage(count, seconds)
        letters = lane.dead_letters()
    cleaned(stormy)
    jobs = {job["idempotency_key"]: job for job in stormy.inside.documents()}
    stored = len(stormy.inside.documents())
    ended = Counter(job["status"] for job in jobs.values())
    wrong = [wish.key for wish in wishes if jobs[wish.key]["status"] != ("failed" if wish.is_refused else "completed")]
    doubled = sum(len(job.get("artifacts", ())) > 1 for job in jobs.values()) + stored - count
    left_over = sum(len(stormy.objects(job["id"])) for job in jobs.values()) - 2 * ended["completed"]
    calls, spends = stormy.model_calls(), sum(len(job.get("spend", ())) for job in jobs.values())
    misbooked = [job["id"] for job in jobs.values() if stormy.ledger(job["id"]) != spent(job)]
    attempts = sum(job["attempt_count"] for job in jobs.values())
    with capsys.disabled():
        print(  # noqa: T201 - the evidence
            f"\nseed {SEED}: {count} jobs, {storm.kills} kills, {attempts} attempts: {dict(ended)}; {len(wrong)} lost, "
            f"{doubled} doubled, {left_over} objects left over, {letters} dead letters; "
            f"{calls} calls of the model, {spends} booked, {len(misbooked)} jobs otherwise in the ledger"
        )
    assert (wrong, doubled, left_over, letters, misbooked) == ([], 0, 0, 0, [])
    assert calls <= spends  # who is killed between the two has booked what is never made


@short_run
def test_twenty_jobs_outlive_a_squall(stormy: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    """20 % of all calls fail, 10 % of the deliveries double, 10 % vanish, and for 8 s somebody kills."""
    _weather(stormy, 20, 8, capsys)


@long_run
@pytest.mark.timeout(900)
def test_three_hundred_jobs_outlive_a_storm(stormy: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    """The same with 300 jobs, for a minute."""
    _weather(stormy, 300, 60, capsys)
