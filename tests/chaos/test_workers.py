"""Workers that freeze, are told to go, or get in each other's way: one of them does the job, once."""

import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from uuid import uuid4

import pytest

from tests.chaos.broker import Broker, broker
from tests.chaos.conftest import LONG, long_run
from tests.chaos.rig import LEASE_SECONDS, Rig, spent
from tests.integration.api import ENDS, Job, a_prompt
from tests.waiting import until

SEED_71 = "number_value: 71.0"  # as the request of the second picture has it


@pytest.fixture(scope="module")
def lane(the_rig: Rig) -> Iterator[Broker]:
    """The lane of the module's stack; a second worker is there, idle."""
    the_rig.running.add("generate.2")
    with broker(the_rig.running) as made:
        yield made


def _names(job: Job) -> list[str]:
    names = [image["uri"].split("/", 3)[3] for image in job["images"]]
    return sorted([*names, *(f"{name}.json" for name in names)])


def test_every_duplicate_is_acknowledged_while_the_first_runs(the_rig: Rig, lane: Broker) -> None:
    """The model is called once; none of ten more messages comes again after the ack deadline."""
    before, delivered = the_rig.model_calls(), the_rig.control.counts().get("pubsub.Deliver", 0)

    def deliveries() -> int:
        return the_rig.control.counts()["pubsub.Deliver"] - delivered

    with the_rig.control.fault("vertex", "Predict", effect="hold"):
        job = the_rig.api.submit()
        until(lambda: the_rig.model_calls() > before)
        idle = the_rig.control.counts()["firestore.GetDocument"]
        lane.announce(job["id"], 10)
        until(lambda: the_rig.control.counts()["firestore.GetDocument"] >= idle + 10)
    job = the_rig.api.reached(job, "completed")
    until(lambda: deliveries() == 11)
    the_rig.control.advance(LEASE_SECONDS + 30)
    later = the_rig.api.completed()  # whatever would have come again, has come before it
    assert (deliveries(), the_rig.model_calls() - before) == (12, 2)
    assert (job["attempt_count"], later["attempt_count"]) == (1, 1)


@pytest.mark.parametrize("where", [pytest.param("vertex.Predict", marks=long_run), "storage.objects.insert"])
def test_a_frozen_worker_changes_nothing_when_it_wakes(where: str, the_rig: Rig, lane: Broker) -> None:
    """Stopped in a call, past its lease, while another does the job; what it uploads late is gone after the sweeps."""
    service, _, method = where.partition(".")
    body = the_rig.body()
    with the_rig.control.fault(service, method, effect="hold", count=2 if service == "storage" else 1) as fault:
        job = the_rig.submitted(body, uuid4().hex)
        until(lambda: the_rig.control.hits(fault) == (2 if service == "storage" else 1))
        the_rig.running.signal("generate", signal.SIGSTOP)
        try:
            lane.push_to("generate.2")
            the_rig.clock.advance(LEASE_SECONDS + 1)
            the_rig.sweep()
            done = the_rig.api.reached(job, "completed")
        except BaseException:
            the_rig.running.signal("generate", signal.SIGCONT)
            raise
    the_rig.running.signal("generate", signal.SIGCONT)
    lost = f'"message":"lease lost","logging.googleapis.com/labels":{{"job_id":"{job["id"]}"}}'
    until(lambda: lost in the_rig.running.log("generate"))
    lane.push_to("generate")
    assert the_rig.api.get(job) == done
    the_rig.settle(job["id"], ["job.completed"])
    assert (done["attempt_count"], len(done["images"])) == (2, 1)
    assert sorted(the_rig.objects(job["id"])) == _names(done)
    assert sha256(the_rig.picture(done)).hexdigest() == done["images"][0]["sha256"]


def test_a_worker_that_dies_between_two_pictures_leaves_nothing_behind(the_rig: Rig, lane: Broker) -> None:
    """Killed when it had stored the first one, while the model made the second: both are made anew, and booked so."""
    body, called = the_rig.body() | {"n": 2, "seed": 70}, the_rig.model_calls()  # with a seed, one call an image
    with the_rig.control.fault("vertex", "Predict", effect="hold", containing=[SEED_71], count=1) as fault:
        job = the_rig.submitted(body, uuid4().hex)
        until(lambda: the_rig.control.hits(fault) == 1)
        until(lambda: len(the_rig.objects(job["id"])) == 2)
        assert the_rig.api.get(job)["status"] == "generating"
        the_rig.kill("generate")
    the_rig.running.restart("generate")
    lane.push_to("generate")
    the_rig.clock.advance(LEASE_SECONDS + 1)
    the_rig.sweep()
    done = the_rig.api.reached(job, "completed")
    stored = the_rig.settle(job["id"], ["job.completed"])
    assert [image["index"] for image in done["images"]] == [0, 1]
    assert sorted(the_rig.objects(job["id"])) == _names(done)
    assert the_rig.model_calls() - called == 4
    assert [spend["actual_micros"] for spend in stored["spend"]] == [None, stored["estimated_micros"]]
    assert the_rig.ledger(job["id"]) == spent(stored)


@long_run
def test_a_worker_that_is_told_to_go_gives_its_claim_back(the_rig: Rig, lane: Broker) -> None:
    """In mid-call, uncounted; the job is done elsewhere, with the lost call booked."""
    called = the_rig.model_calls()
    with the_rig.control.fault("vertex", "Predict", effect="hold", count=1) as fault:
        job = the_rig.api.submit()
        until(lambda: the_rig.control.hits(fault) == 1)
        lane.push_to("generate.2")
        the_rig.running.signal("generate", signal.SIGTERM)
        until(lambda: the_rig.api.get(job)["status"] in {"queued", "completed"})
        the_rig.sweep()
        done = the_rig.api.reached(job, "completed")
    the_rig.running.restart("generate")
    lane.push_to("generate")
    stored = the_rig.stored(job["id"]) or {}
    assert any(moment.get("note", "").startswith("shut_down") for moment in done["timeline"])
    assert (stored["counted_attempts"], stored["attempt_count"]) == (1, 2)
    assert [spend["actual_micros"] for spend in stored["spend"]] == [None, stored["estimated_micros"]]
    assert the_rig.model_calls() - called == 2


def test_what_is_canceled_is_booked_to_the_call(the_rig: Rig, lane: Broker) -> None:
    """Many jobs, canceled each at another moment: as many spends as the model was called."""
    called = the_rig.model_calls()
    with ThreadPoolExecutor(4) as threads:
        jobs = list(threads.map(lambda turn: _canceled(the_rig, turn), range(100 if LONG else 20)))
    ended = [the_rig.api.ended(job) for job in jobs]
    until(lambda: not any((the_rig.stored(job["id"]) or {}).get("lease") for job in jobs))
    stored = [the_rig.stored(job["id"]) or {} for job in jobs]
    assert sum(len(job.get("spend", ())) for job in stored) == the_rig.model_calls() - called
    assert [the_rig.ledger(job["id"]) for job in stored] == [spent(job) for job in stored]
    assert {job["status"] for job in ended} <= {"canceled", "completed"}
    assert lane.dead_letters() == 0


def _canceled(rig: Rig, turn: int) -> Job:
    """A job that is canceled after a number of looks at it."""
    job = rig.api.submit()
    for _ in range(turn % 10):
        if rig.api.get(job)["status"] in ENDS:
            break
    answer = rig.api.command(job, "cancel")
    assert answer.status_code in {200, 202, 409}, answer.text
    return job


def test_one_key_is_one_job_and_many_are_many(the_rig: Rig) -> None:
    """64 submits at once with one key and 64 with a key each: 65 jobs."""
    body = {"prompt": a_prompt(), "model": "placeholder", "labels": {"crowd": uuid4().hex}}
    one = uuid4().hex
    keys = [key for _ in range(64) for key in (one, uuid4().hex)]
    with ThreadPoolExecutor(128) as threads:
        answers = list(threads.map(lambda key: the_rig.api.post(body, key=key), keys))
    assert Counter(answer.is_success for answer in answers) == {True: 128}
    ids = {answer.json()["id"] for answer in answers}
    assert len(ids) == 65
    stored = the_rig.inside.documents(labels=body["labels"])
    assert {job["id"] for job in stored} == ids


@pytest.mark.parametrize("deleted", ["the original", pytest.param("the copy", marks=long_run)])
def test_a_copy_and_its_original_outlive_each_other(deleted: str, the_rig: Rig) -> None:
    """Delete one, let every clean-up run: the other's picture still opens."""
    body = {"prompt": a_prompt()}
    jobs = [the_rig.api.completed(**body), the_rig.api.completed(**body)]
    assert the_rig.api.get(jobs[1])["cost"]["actual_micros"] == 0
    gone, left = jobs if deleted == "the original" else jobs[::-1]
    picture = the_rig.picture(left)
    assert the_rig.api.delete(gone).is_success
    for _ in range(3):
        the_rig.clock.advance(3601)
        the_rig.sweep()
    assert the_rig.objects(gone["id"]) == []
    assert the_rig.picture(left) == picture
    assert the_rig.api.http.get(f"/v1/jobs/{left['id']}/images/0").status_code == 302
