"""`Prefer: wait` and server-sent events over HTTP."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message

from shared.api.event_calls import EventStream
from shared.api.waiting import MAX_SECONDS, wait_of
from shared.config import Settings
from shared.domain.api_key import Token, fresh_secret, hash_of
from shared.use_cases.wait import BEAT_SECONDS
from tests.builders import JOB_ID, a_job, a_job_in, a_key
from tests.fakes.clock import FakeClock
from tests.unit.shared.api.asking import Api, Client

PATH = f"/v1/jobs/{JOB_ID}"
EVENTS = f"{PATH}/events"
ONE = Settings(auth_mode="none", max_waiters=1)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (["wait=5"], 5),
        (["respond-async, WAIT = 7; why=not"], 7),
        (['handling=lenient; text="a, wait=9"', 'wait="3"', "wait=4"], 3),
        (["wait=3600"], MAX_SECONDS),
        (["wait=0"], 0),
        (["wait=-1"], None),
        (["wait=soon"], None),
        (["wait"], None),
        (["waiting=5"], None),
        ([], None),
    ],
)
def test_a_preference_is_read_as_its_rfc_has_it(headers: list[str], seconds: int | None) -> None:
    """The first counts, and what is not understood is passed over."""
    raw = [(b"prefer", value.encode()) for value in headers]
    assert wait_of(Request({"type": "http", "headers": raw})) == seconds


def test_a_job_that_has_ended_is_answered_at_once() -> None:
    """The preference was followed all the same."""
    api = Api()
    api.jobs.has(a_job_in("completed"))
    answer = _get(api, wait=20)
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")
    assert (answer.headers["preference-applied"], api.clock.slept) == ("wait=20", [])


def test_when_the_time_is_up_the_answer_is_the_job_as_it_is() -> None:
    """With its ETag, which the next wait begins from: 304 where nothing has changed."""
    api = Api()
    api.jobs.has(a_job())
    answer = _get(api, wait=20)
    assert (answer.status_code, answer.json()["status"], api.clock.slept) == (200, "queued", [20])
    same = _get(api, wait=5, **{"If-None-Match": answer.headers["etag"]})
    assert (same.status_code, same.headers["preference-applied"], api.clock.slept) == (304, "wait=5", [20, 5])
    other = _get(api, wait=5, **{"If-None-Match": '"7"'})
    assert (other.status_code, api.clock.slept) == (200, [20, 5])


def test_a_submit_waits_for_the_end() -> None:
    """200 and the job as it ended; 202 where it runs on."""
    api = Api()
    api.queue.failures.meanwhile("announce", lambda: _end_all(api))
    answer = api.submit.post("/v1/jobs", json={"prompt": "a fox"}, headers={"Prefer": "wait=20"})
    assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    assert answer.headers["preference-applied"] == "wait=20"
    running = api.submit.post("/v1/jobs", json={"prompt": "a fox"}, headers={"Prefer": "wait=20"})
    assert (running.status_code, running.json()["status"]) == (202, "queued")
    assert running.headers["preference-applied"] == "wait=20"


def test_where_there_is_no_room_a_submit_is_taken_and_a_read_is_429() -> None:
    """The job is recorded, so that its client must hear of it."""
    api = Api(ONE)
    api.jobs.has(a_job())
    with api.wait.place():
        taken = api.submit.post("/v1/jobs", json={"prompt": "a fox"}, headers={"Prefer": "wait=20"})
        assert (taken.status_code, "preference-applied" in taken.headers) == (202, False)
        for refused in (_get(api, wait=20), api.status.get(EVENTS)):
            assert (refused.status_code, refused.json()["code"]) == (429, "too_many_waiters")
            assert int(refused.headers["retry-after"]) > 0
        assert api.status.get(PATH).status_code == 200


def test_events_are_the_job_then_its_end() -> None:
    """In the form of the standard, with the job in one line; then the answer ends, and its place is free."""
    api = Api(ONE)
    api.jobs.has(a_job_in("completed", status_sequence=5, prompt="two\nlines"))
    for _ in range(2):
        answer = api.status.get(EVENTS)
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-cache", "no")
        comment, retry, number, name, data, *end = answer.text.split("\n")
        assert (comment, retry, number, name, end) == (":", "retry: 1000", "id: 5", "event: job", ["", ""])
        assert json.loads(data.removeprefix("data: ")) == api.status.get(PATH).json()


def test_who_knows_the_end_is_told_to_come_back_no_more() -> None:
    """204, on which a browser stops asking; a version that is not the last is followed by the last."""
    api = Api()
    api.jobs.has(a_job_in("completed", status_sequence=5))
    assert api.status.get(EVENTS, headers={"Last-Event-ID": "5"}).status_code == 204
    assert "id: 5\n" in api.status.get(EVENTS, headers={"Last-Event-ID": "4"}).text
    assert "id: 5\n" in api.status.get(EVENTS, headers={"Last-Event-ID": ""}).text
    assert api.status("HEAD", EVENTS).headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 10, "٣"])
def test_a_last_event_id_that_is_none_is_400(last: str) -> None:
    """It says what belongs there."""
    api = Api()
    api.jobs.has(a_job())
    answer = api.status.get(EVENTS, headers={"Last-Event-ID": last.encode()})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_header")


@pytest.mark.parametrize("tenant", ["another", None])
def test_a_job_that_is_not_there_is_neither_waited_for_nor_followed(tenant: str | None) -> None:
    """404, at once, also for another tenant's."""
    api = Api()
    if tenant:
        api.jobs.has(a_job(tenant=tenant))
    assert [answer.status_code for answer in (_get(api, wait=20), api.status.get(EVENTS))] == [404, 404]
    assert api.clock.slept == []


@pytest.mark.parametrize("path", [PATH, EVENTS, "/v1/events"])
def test_a_client_that_leaves_frees_what_it_held(path: str) -> None:
    """Neither a watch nor a place is kept for nobody."""
    api = Api(ONE, FakeClock(patient=True))
    api.jobs.has(a_job())
    asyncio.run(_leave(api.status, path))
    assert (api.watcher.watches, api.watcher.feeds) == ([], [])
    with api.wait.place():
        pass


def test_a_stream_ends_with_the_key_that_opened_it() -> None:
    """At the next beat, or before the next change is told; a silence until then is broken by comments."""
    api, secret = Api(Settings()), fresh_secret()
    expires_at = api.clock.now() + timedelta(seconds=5 * BEAT_SECONDS)
    api.keys.has(a_key(id="a" * 26, hash=hash_of(secret), expires_at=expires_at))
    api.jobs.has(a_job(tenant="acme"))
    answer = api.status.get(EVENTS, headers={"Authorization": f"Bearer {Token('a' * 26, secret)}"})
    event, beats = answer.text.split("\n\n")
    assert event.startswith(":\nretry: 1000\nid: 1\n")
    assert set(beats.splitlines()) == {":"}
    assert sum(api.clock.slept) == 5 * BEAT_SECONDS


async def test_a_stream_ends_in_time_where_a_gateway_keeps_answers_until_they_are_whole() -> None:
    """What came until then is delivered whole; the place is free, and nobody follows any more."""
    place, sent, ended = ExitStack(), bytearray(), asyncio.Event()
    place.callback(sent.extend, b"free")

    async def events() -> AsyncGenerator[bytes]:
        try:
            yield b"id: 1\n\n"
            yield b"id: 2\n\n"
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.extend(message.get("body", b""))

    async with asyncio.timeout(60):
        await EventStream(events(), place, seconds=0)({"type": "http"}, receive, send)
    assert (bytes(sent), ended.is_set()) == (b"id: 1\n\nid: 2\n\nfree", True)


def _get(api: Api, wait: int, **headers: str) -> httpx.Response:
    return api.status.get(PATH, headers={"Prefer": f"wait={wait}", **headers})


def _end_all(api: Api) -> None:
    for job in list(api.jobs.history):
        api.jobs.has(a_job_in("canceled", id=job.id, status_sequence=2))


async def _leave(client: Client, path: str) -> None:
    """Ask, and go once the answer is being waited for."""
    left = asyncio.Event()
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        if message := next(asked, None):
            return message
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        await asyncio.sleep(0)

    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "scheme": "http",
        "server": ("api.test", 80), "headers": [(b"prefer", b"wait=60")], "root_path": "",
    }  # fmt: skip
    answering = asyncio.create_task(client.app(scope, receive, send))
    for _ in range(50):
        await asyncio.sleep(0)
    assert not answering.done()
    left.set()
    async with asyncio.timeout(60):
        await answering
