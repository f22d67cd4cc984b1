"""A provider that is submitted to, then polled, behind the whole stack: what was paid is not paid again."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.http_server import Answer, json_answer
from tests.fakes.nanobanana_server import GENERATE_FAILED, KEY, NanoBananaServer
from tests.integration.api import Api, Job
from tests.integration.inside import Inside
from tests.stack import RunningStack, stack
from tests.waiting import until

SECONDS = 60  # within which a job must be done after its worker died
NEVER = 10**9


@pytest.fixture(scope="module")
def vendor() -> Iterator[NanoBananaServer]:
    """The vendor, for every test of this module."""
    with (server := NanoBananaServer(polls=0)).running():
        yield server


@pytest.fixture(scope="module")
def darkroom(vendor: NanoBananaServer) -> Iterator[RunningStack]:
    """A stack with short leases, swept every second, that asks this vendor."""
    settings = {"NANO_BANANA_API_URL": vendor.url, "NANO_BANANA_API_KEY": KEY}
    with stack(LEASE_SECONDS="5", SWEEP_SECONDS="1", **settings) as running:
        yield running


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
    darkroom: RunningStack, api: Api, inside: Inside, server: NanoBananaServer
) -> None:
    """Nothing is submitted again, and nothing booked again; the operation is cleared in the end."""
    server.polls = NEVER
    job = api.submit(model="nanobanana")
    until(lambda: server.polled > 0)
    darkroom.kill("generate")
    assert _stored(inside, job)["provider_operation"] == "task-1"
    server.polls = 0
    darkroom.restart("generate")
    job = api.reached(job, "completed", seconds=SECONDS)
    assert (server.submits, job["attempt_count"], len(job["cost"]["items"])) == (1, 2, 1)
    assert "provider_operation" not in _stored(inside, job)


def test_an_operation_that_expired_is_submitted_anew(api: Api, inside: Inside, server: NanoBananaServer) -> None:
    """Nobody knows it any more: it is cleared, and both calls are on the bill."""
    server.on_poll.append(json_answer({"code": 404, "msg": "Task not found", "data": None}))
    job = api.submit(model="nanobanana")
    until(lambda: _stored(inside, job).get("failure", {}).get("code") == "operation_unknown")
    assert "provider_operation" not in _stored(inside, job)
    job = api.reached(job, "completed")
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


def test_an_image_that_does_not_come_at_once_is_not_paid_again(api: Api, server: NanoBananaServer) -> None:
    """The next attempt fetches it from the same task."""
    server.on_image.append(Answer(503))
    job = api.completed(model="nanobanana")
    assert (server.submits, job["attempt_count"], len(job["cost"]["items"])) == (1, 2, 1)
