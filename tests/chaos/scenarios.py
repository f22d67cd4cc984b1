"""What has happened to a job before a function is killed over it, and what then sets that function off."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.chaos.points import AWAITED, FIRST, SECOND_WORKER
from tests.chaos.rig import LEASE_SECONDS, Rig, id_of
from tests.waiting import until

TOLD = "job.completed"


@dataclass
class Case:
    """One job of a scenario."""

    rig: Rig
    key: str
    body: dict[str, Any]
    begin: Callable[[], object]  # sets the function off; returns, without raising, when that is over or dead

    @property
    def id(self) -> str:
        """The job's."""
        return id_of(self.key)

    @property
    def events(self) -> list[str]:
        """The changes that its receiver wants to be told of."""
        return list(self.body["webhook"]["events"])


def _submitting(rig: Rig, body: dict[str, Any]) -> Case:
    key = uuid4().hex
    return Case(rig, key, body, lambda: rig.post(body, key))


def _sweeping(case: Case, seconds: float) -> Case:
    case.rig.clock.advance(seconds)
    case.begin = case.rig.sweep
    return case


def _status(case: Case) -> str:
    return str((case.rig.stored(case.id) or {}).get("status"))


def _a_new_picture(rig: Rig) -> Case:
    return _submitting(rig, rig.body("job.generating", TOLD))


def _a_polled_picture(rig: Rig) -> Case:
    return _submitting(rig, {**rig.body(), "model": "nanobanana"})


def _a_picture_made_before(rig: Rig) -> Case:
    body = rig.body()
    earlier = _submitting(rig, {name: value for name, value in body.items() if name != "webhook"})
    earlier.begin()
    until(lambda: _status(earlier) == "completed")
    return _submitting(rig, body)


def _after_a_dead_worker(rig: Rig) -> Case:
    """Its worker had uploaded everything when it died; what the broker then delivered again got lost."""
    case = _submitting(rig, rig.body())
    commit, message = ["/documents/jobs/", case.id], ['/topics/jobs-interactive"', f'data: "{case.id}"']
    with (
        rig.control.fault("firestore", "Commit", effect="hold", containing=commit, skip=4, count=1) as fault,
        rig.control.fault("pubsub", "Deliver", effect="drop", containing=message, skip=1) as dropped,
    ):
        case.begin()
        until(lambda: rig.control.hits(fault) > 0)
        rig.kill("generate")
        rig.running.restart("generate")
        until(lambda: rig.control.hits(dropped) > 0)
    return _sweeping(case, LEASE_SECONDS + 1)


def _never_announced(rig: Rig) -> Case:
    case = _submitting(rig, rig.body())
    words = ['/topics/jobs-interactive"']
    with rig.control.fault("pubsub", "Publish", code="PERMISSION_DENIED", containing=words):
        case.begin()
    return _sweeping(case, 121)


def _never_told(rig: Rig) -> Case:
    case = _submitting(rig, rig.body())
    words = ['/topics/job-events"']
    with rig.control.fault("pubsub", "Publish", code="PERMISSION_DENIED", containing=words) as fault:
        case.begin()
        until(lambda: rig.control.hits(fault) > 0)
    return _sweeping(case, 121)


def _left_something_behind(rig: Rig) -> Case:
    """Its first worker froze for longer than its lease, so that another took over; two objects more are there."""
    case = _submitting(rig, rig.body())
    with rig.control.fault("vertex", "Predict", effect="hold", count=1) as fault:
        case.begin()
        until(lambda: rig.control.hits(fault) > 0)
        rig.clock.advance(LEASE_SECONDS + 1)
        rig.sweep()
        until(lambda: _status(case) == "completed")
    rig.settle_told(case.id, case.events)
    for name in ("late.png", "late.png.json"):
        rig.inside.bucket.blob(f"tenants/local/jobs/{case.id}/image_{case.id}_{name}").upload_from_string(b"late")
    return _sweeping(case, 3601)


def _not_delivered(rig: Rig) -> Case:
    """Its receiver refused once, and `notify`, which would try again in some seconds, is overtaken by `sweep`."""
    case = _submitting(rig, rig.body())
    with rig.receiver.rule("error", f"_{case.id}_5"):
        case.begin()
        until(lambda: any(delivery.get("tries") for delivery in rig.deliveries(case.id)))
    return _sweeping(case, 70)


START: dict[str, Callable[[Rig], Case]] = {
    FIRST: _a_new_picture,
    "a polled picture": _a_polled_picture,
    AWAITED: _a_polled_picture,
    "a picture made before": _a_picture_made_before,
    SECOND_WORKER: _after_a_dead_worker,
    "never announced": _never_announced,
    "never told": _never_told,
    "left something behind": _left_something_behind,
    "not delivered": _not_delivered,
}
