"""How long a job waits whose worker was killed, by the real clock."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from tests.chaos.broker import broker
from tests.chaos.conftest import long_run
from tests.chaos.rig import rig
from tests.waiting import until

LEASE_SECONDS, SWEEP_SECONDS = 10, 1


@long_run
def test_a_dead_worker_is_replaced_in_time(tmp_path: Path) -> None:
    """Killed 5 s after its claim: taken over within the lease, one round of `sweep` and 10 s; no dead letter."""
    settings = {"LEASE_SECONDS": str(LEASE_SECONDS), "SWEEP_SECONDS": str(SWEEP_SECONDS)}
    with rig(tmp_path, **settings) as made, broker(made.running) as lane:
        key = uuid4().hex
        with made.control.fault("vertex", "Predict", effect="hold", count=1) as fault:
            job = made.submitted(made.body(), key)
            until(lambda: made.control.hits(fault) == 1)
            first = (made.stored(job["id"]) or {})["started_at"]
            until(lambda: made.clock.now() >= first + timedelta(seconds=5))
            made.kill("generate")
            made.running.restart("generate")
        made.api.reached(job, "completed")
        done = made.stored(job["id"]) or {}
        assert done["attempt_count"] == 2
        assert done["started_at"] - first <= timedelta(seconds=LEASE_SECONDS + SWEEP_SECONDS + 10)
        assert lane.dead_letters() == 0
