"""A provider that calls back, behind the whole stack: its call completes the job, and nothing it says is believed."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chaos.moved_clock import MovedClock
from tests.fakes.nanobanana_server import GENERATE_FAILED, KEY, NanoBananaServer
from tests.integration.api import Api, Job
from tests.integration.inside import Inside
from tests.stack import RunningStack, stack
from tests.waiting import until

NEVER = 10**9
ROUNDS = 10  # at most
WAITS = "waits for the provider's callback"


@pytest.fixture(scope="module")
def vendor() -> Iterator[NanoBananaServer]:
    """The vendor, for every test of this module."""
    with (server := NanoBananaServer(polls=NEVER)).running():
        yield server


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> MovedClock:
    """The functions' time."""
    folder: Path = tmp_path_factory.mktemp("clock")
    return MovedClock(folder / "clock")


@pytest.fixture(scope="module")
def darkroom(vendor: NanoBananaServer, clock: MovedClock) -> Iterator[RunningStack]:
    """A stack that does not poll. Nobody sweeps it but the tests."""
    settings = {"NANO_BANANA_API_URL": vendor.url, "NANO_BANANA_API_KEY": KEY}
    settings |= {"PROVIDER_POLLING": "false", "CLOCK_OFFSET_FILE": str(clock.file)}
    with stack(SWEEP_SECONDS="0", **settings) as running:
        clock.follow(running.control)
        yield running


@pytest.fixture(scope="module")
def api(darkroom: RunningStack) -> Iterator[Api]:
    """A client; both instances are warm when it comes to times."""
    with closing(Api(darkroom.base_url)) as client:
        client.completed(model="placeholder")
        yield client


@pytest.fixture
def server(vendor: NanoBananaServer) -> NanoBananaServer:
    """The vendor as it is at first: a task runs until a test ends it."""
    vendor.asked.clear()
    vendor.tasks.clear()
    vendor.flag, vendor.hasty = 1, False
    return vendor


def _waiting(api: Api, server: NanoBananaServer) -> Job:
    """A job whose claim is given back, and whose holder has asked once more."""
    job = api.submit(model="nanobanana")
    until(lambda: server.polled == 1)
    return api.reached(job, "queued")


def _stored(inside: Inside, job: Job) -> dict[str, Any]:
    found: dict[str, Any] = inside.database.collection("jobs").document(job["id"]).get().to_dict()
    return found


def _called(server: NanoBananaServer) -> str:
    address: str = server.tasks["task-1"].request["callBackUrl"]
    return address


def test_a_callback_completes_the_job(api: Api, server: NanoBananaServer) -> None:
    """One call is paid, it counts as one attempt, and nobody polls."""
    job = _waiting(api, server)
    assert (job["attempt_count"], job["timeline"][-1]["note"]) == (0, WAITS)
    answer = server.call_back("task-1")
    assert (answer.status_code, answer.content) == (200, b"")
    job = api.reached(job, "completed")
    assert (server.submits, server.polled, job["attempt_count"], len(job["cost"]["items"])) == (1, 2, 1, 1)
    assert api.image(job).status_code == 200


def test_from_done_to_completed_it_takes_less_than_a_second(api: Api, server: NanoBananaServer) -> None:
    """The best of a few: the machine has other things to do."""

    def seconds() -> float:
        server.tasks.clear()
        server.asked.clear()
        job = _waiting(api, server)
        begun = time.monotonic()
        server.call_back("task-1")
        api.reached(job, "completed")
        return time.monotonic() - begun

    taken = [seconds()]
    while min(taken) >= 1.0 and len(taken) < ROUNDS:
        taken.append(seconds())
    assert min(taken) < 1.0, taken


def test_a_callback_that_comes_at_once_is_caught(api: Api, server: NanoBananaServer) -> None:
    """Before its task's id is even known here; nobody waits for `sweep`."""
    server.hasty = True
    job = api.completed(model="nanobanana")
    assert (server.submits, server.polled, job["attempt_count"]) == (1, 2, 1)
    assert WAITS in [moment.get("note") for moment in job["timeline"]]


def test_forged_and_late_calls_have_no_effect(
    api: Api, inside: Inside, darkroom: RunningStack, server: NanoBananaServer
) -> None:
    """A forged one is answered as one about no job at all; a late one is taken, and so is a repeated one."""
    job = _waiting(api, server)
    address, before = _called(server), _stored(inside, job)
    forged = [address[:-2] + "AA", address.replace(job["id"], "a" * 26), address.replace("nanobanana", "replicate")]
    answers = [httpx.post(each, json={"data": {"successFlag": 1}}, trust_env=False) for each in forged]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert (_stored(inside, job), server.polled) == (before, 1)

    server.call_back("task-1")
    api.reached(job, "completed")
    before, delivered = _stored(inside, job), darkroom.control.counts()["pubsub.Publish"]
    assert server.call_back("task-1").status_code == 200
    api.delete(job)
    assert server.call_back("task-1").status_code == 404
    assert darkroom.control.counts()["pubsub.Publish"] == delivered
    assert _stored(inside, job)["timeline"] == before["timeline"]


def test_what_a_callback_says_is_not_believed(api: Api, server: NanoBananaServer) -> None:
    """It says that the task is done; the vendor, when asked, does not: the claim is given back again."""
    job = _waiting(api, server)
    done = {"code": 200, "data": {"taskId": "task-1", "successFlag": 1, "response": {"resultImageUrl": server.url}}}
    assert httpx.post(_called(server), json=done, trust_env=False).status_code == 200
    until(lambda: server.polled == 3)
    job = api.reached(job, "queued")
    assert (job["attempt_count"], len(job["cost"]["items"]), job["images"]) == (0, 1, [])
    server.flag = GENERATE_FAILED
    server.call_back("task-1")
    assert api.ended(job)["failure"]["code"] == "provider_task_failed"


def test_a_lost_callback_is_repaired_by_sweep(
    api: Api, inside: Inside, clock: MovedClock, server: NanoBananaServer
) -> None:
    """After a minute."""
    job = _waiting(api, server)
    server.tasks["task-1"].done = True
    assert inside.passed_over(job)
    clock.advance(61)
    inside.swept("announced")
    job = api.reached(job, "completed")
    assert (server.submits, len(job["cost"]["items"])) == (1, 1)


def test_a_worker_killed_right_after_it_gave_back_pays_nothing_again(
    darkroom: RunningStack, api: Api, server: NanoBananaServer
) -> None:
    """Another instance is told by the callback."""
    job = _waiting(api, server)
    darkroom.kill("generate")
    darkroom.restart("generate")
    server.call_back("task-1")
    job = api.reached(job, "completed")
    assert (server.submits, job["attempt_count"], len(job["cost"]["items"])) == (1, 1, 1)
