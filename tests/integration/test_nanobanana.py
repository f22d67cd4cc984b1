"""A provider that is submitted to, then polled, behind the whole stack: what was paid is not paid again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.moved_clock import MovedClock
from tests.fakes.http_server import Answer, json_answer
from tests.fakes.nanobanana_server import GENERATE_FAILED, KEY, NanoBananaServer
from tests.integration.api import Api, Job
from tests.integration.inside import Inside
from tests.stack import RunningStack, stack
from tests.waiting import until

LEASE_SECONDS = 180  # which end when a test has the time move on: no worker loses its own by being slow
NEVER = 10**9


@pytest.fixture(scope="module")
def vendor() -> Iterator[NanoBananaServer]:
    """The vendor, for every test of this module."""
    with (server := NanoBananaServer(polls=0)).running():
        yield server


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> MovedClock:
    """The functions' time."""
    folder: Path = tmp_path_factory.mktemp("clock")
    return MovedClock(folder / "clock")


@pytest.fixture(scope="module")
def darkroom(vendor: NanoBananaServer, clock: MovedClock) -> Iterator[RunningStack]:
    """A stack that asks this vendor, and whose time the tests move. Nobody sweeps it but they."""
    settings = {"NANO_BANANA_API_URL": vendor.url, "NANO_BANANA_API_KEY": KEY}
    settings |= {"LEASE_SECONDS": str(LEASE_SECONDS), "CLOCK_OFFSET_FILE": str(clock.file)}
    with stack(SWEEP_SECONDS="0", **settings) as running:
        clock.follow(running.control)
        yield running


def _tried_again(job: Job, api: Api, inside: Inside, clock: MovedClock) -> Job:
    """The job, completed by another attempt once its time has come."""
    clock.advance(LEASE_SECONDS + 1)
    inside.sweep()
    return api.reached(job, "completed")


@pytest.fixture
def server(vendor: NanoBananaServer) -> NanoBananaServer:
    """The vendor as it is at first: every task ends well at its first poll."""
    vendor.asked.clear()
    vendor.tasks.clear()
    vendor.polls, vendor.flag, vendor.error = 0, 1, None
    return vendor


def _stored(inside: Inside, job: Job) -> dict[str, Any]:
    found: dict[str, Any] = inside.database.collection("jobs").document(job["id"]).get().to_dict()
    return found


def test_a_picture_comes_by_submitting_and_polling(api: Api, server: NanoBananaServer) -> None:
    """Once each; an unknown price is null, not 0."""
    job = api.completed(model="nanobanana")
    assert (server.submits, server.polled) == (1, 1)
    assert (job["cost"]["actual_micros"], len(job["cost"]["items"])) == (None, 1)
    assert api.image(job).status_code == 200


def test_whoever_takes_over_polls_on(
    darkroom: RunningStack, api: Api, inside: Inside, clock: MovedClock, server: NanoBananaServer
) -> None:
    """Nothing is submitted again, and nothing booked again; the operation is cleared in the end."""
    server.polls = NEVER
    job = api.submit(model="nanobanana")
    until(lambda: server.polled > 0)
    darkroom.kill("generate")
    assert _stored(inside, job)["provider_operation"] == "task-1"
    server.polls = 0
    darkroom.restart("generate")
    job = _tried_again(job, api, inside, clock)
    assert (server.submits, job["attempt_count"], len(job["cost"]["items"])) == (1, 2, 1)
    assert "provider_operation" not in _stored(inside, job)


def test_an_operation_that_expired_is_submitted_anew(
    api: Api, inside: Inside, clock: MovedClock, server: NanoBananaServer
) -> None:
    """Nobody knows it any more: it is cleared, and both calls are on the bill."""
    server.on_poll.append(json_answer({"code": 404, "msg": "Task not found", "data": None}))
    job = api.submit(model="nanobanana")
    until(lambda: _stored(inside, job).get("failure", {}).get("code") == "operation_unknown")
    assert "provider_operation" not in _stored(inside, job)
    job = _tried_again(job, api, inside, clock)
    assert (server.submits, job["attempt_count"], len(job["cost"]["items"])) == (2, 2, 2)


def test_an_operation_that_failed_is_for_the_user_to_repeat(api: Api, inside: Inside, server: NanoBananaServer) -> None:
    """It is cleared; a retry submits anew."""
    server.flag, server.error = GENERATE_FAILED, "internal error"
    job = api.ended(api.submit(model="nanobanana"))
    assert (job["status"], job["failure"]["type"], job["failure"]["billed"]) == ("failed", "UNKNOWN", "unknown")
    assert (server.submits, "provider_operation" in _stored(inside, job)) == (1, False)
    server.flag = 1
    assert api.command(job, "retry").status_code == 202
    job = api.reached(job, "queued", "processing", "generating", "uploading", "completed")
    job = api.reached(job, "completed")
    assert (server.submits, len(job["cost"]["items"])) == (2, 2)


def test_an_image_that_does_not_come_at_once_is_not_paid_again(
    api: Api, inside: Inside, clock: MovedClock, server: NanoBananaServer
) -> None:
    """The next attempt fetches it from the same task."""
    server.on_image.append(Answer(503))
    job = api.submit(model="nanobanana")
    until(lambda: _stored(inside, job).get("failure"))
    job = _tried_again(job, api, inside, clock)
    assert (server.submits, job["attempt_count"], len(job["cost"]["items"])) == (1, 2, 1)
