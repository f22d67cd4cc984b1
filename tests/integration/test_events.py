"""Jobs that are waited for and followed: through the gateway, by an SSE client that is none of ours."""

import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
from httpx_sse import ServerSentEvent, connect_sse

from tests import waiting
from tests.integration.api import ENDS, Api, Job, a_prompt
from tests.processes import Control
from tests.stack import RunningStack

LATER = "2099-01-01T00:00:00Z"  # a job that is not before then stays queued until somebody cancels it
MODEL_SECONDS = 30


@contextmanager
def events(api: Api, job: Job, last: str = "") -> Iterator[Iterator[ServerSentEvent]]:
    """A job's events, from where the last one was; comments are the client's own affair."""
    with connect_sse(api.http, "GET", job["urls"]["events"], headers={"Last-Event-ID": last}) as source:
        yield source.iter_sse()


def test_a_client_loses_and_repeats_nothing_however_it_is_cut_off(
    darkroom: RunningStack, api: Api, control: Control
) -> None:
    """Its own connection, the instance and the stream of changes break while the job runs; each version comes once."""
    job = api.submit(prompt=a_prompt(f"[[slow {MODEL_SECONDS}]]"), cache="off")
    seen: list[ServerSentEvent] = []
    with events(api, job) as stream:
        seen += until(stream, "generating")
    other = api.submit(not_before=LATER)
    with events(api, job, seen[-1].id) as stream:
        with control.fault("firestore", "Listen", effect="reset", containing=[other["id"]], count=1) as reset:
            with events(api, other) as others:
                assert next(others).json()["status"] == "queued"
                assert api.command(other, "cancel").status_code == 200
                assert [event.json()["status"] for event in others] == ["canceled"]
            assert control.hits(reset) == 1
        assert api.command(job, "cancel").status_code == 202
        seen += until(stream, cancel_requested=True)
        darkroom.signal("status", signal.SIGTERM)
        assert list(stream) == []  # the answer ends as it should: nothing was broken off
    control.advance(MODEL_SECONDS)
    darkroom.restart("status")
    with events(api, job, seen[-1].id) as stream:
        seen += stream
    numbers = [int(event.id) for event in seen]
    assert numbers == sorted(set(numbers))
    assert {event.event for event in seen} == {"job"}
    assert seen[-1].json() == api.get(job)
    assert seen[-1].json()["status"] in ENDS
    for number, event in zip(numbers, seen, strict=True):
        assert event.json()["status_sequence"] == number
    assert api.http.get(job["urls"]["events"], headers={"Last-Event-ID": seen[-1].id}).status_code == 204


def test_a_change_is_told_within_a_tenth_of_a_second(api: Api) -> None:
    """From the cancel on, its own answer included: the best of a few, on a machine that may be busy."""
    took = [1.0]
    while min(took) >= 0.1 and len(took) < 30:
        job = api.submit(not_before=LATER)
        with events(api, job) as stream, ThreadPoolExecutor(1) as pool:
            next(stream)
            begun = time.perf_counter()
            canceled = pool.submit(api.command, job, "cancel")
            assert next(stream).json()["status"] == "canceled"
            took.append(time.perf_counter() - begun)
            assert canceled.result().status_code == 200
    assert min(took) < 0.1, took


def test_a_submit_waits_for_its_picture(api: Api) -> None:
    """One call, and the job is there with its images; when the time is up before, it runs on."""
    body = {"prompt": a_prompt(), "cache": "off"}
    answer = api.http.post("/v1/jobs", json=body, headers={"Prefer": "wait=30"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (200, "wait=30")
    assert (answer.json()["status"], len(answer.json()["images"])) == ("completed", 1)
    begun = time.monotonic()
    later = api.http.post("/v1/jobs", json={**body, "not_before": LATER}, headers={"Prefer": "wait=1"})
    assert (later.status_code, later.json()["status"]) == (202, "queued")
    assert time.monotonic() - begun >= 1
    _cancel(api, later.json())


def test_a_read_waits_for_another_version(api: Api) -> None:
    """Then for the end; the answers' ETags are where the next wait begins."""
    job = api.submit(not_before=LATER)
    with ThreadPoolExecutor(1) as pool:
        etag = f'"{job["status_sequence"]}"'
        read = pool.submit(api.http.get, job["urls"]["self"], headers={"Prefer": "wait=30", "If-None-Match": etag})
        _cancel(api, job)
        answer = read.result()
    assert (answer.status_code, answer.json()["status"], answer.headers["etag"] == etag) == (200, "canceled", False)


def test_a_client_that_leaves_is_listened_for_no_more(api: Api, control: Control) -> None:
    """Through the gateway; whoever follows another job goes on."""
    left, stayed = api.submit(not_before=LATER), api.submit(not_before=LATER)
    with control.tracing() as calls, events(api, stayed) as stream:
        assert next(stream).json()["status"] == "queued"
        with events(api, left) as others:
            next(others)
        waiting.until(lambda: any("remove_target" in call["about"] for call in calls()))
        _cancel(api, stayed)
        assert next(stream).json()["status"] == "canceled"
    _cancel(api, left)


def until(stream: Iterator[ServerSentEvent], status: str | None = None, **fields: Any) -> list[ServerSentEvent]:
    """The events up to the first whose job is so."""
    wanted = fields | ({"status": status} if status else {})
    found = []
    for event in stream:
        found.append(event)
        job: Job = json.loads(event.data)
        if all(job[name] == value for name, value in wanted.items()):
            return found
    raise AssertionError(f"the stream ended before {wanted}: {found}")


def _cancel(api: Api, job: Job) -> None:
    assert api.command(job, "cancel").status_code == httpx.codes.OK
