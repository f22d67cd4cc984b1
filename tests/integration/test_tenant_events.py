"""All jobs followed through the gateway, by an SSE client that is none of ours."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import uuid4

import httpx
from httpx_sse import ServerSentEvent, aconnect_sse, connect_sse

from shared.domain.job import Job as StoredJob
from shared.gcp.documents import fields
from tests.builders import a_job_in
from tests.integration.api import Api, Job
from tests.integration.inside import Inside
from tests.stack import RunningStack

LATER = "2099-01-01T00:00:00Z"  # a job that is not before then stays queued until somebody cancels it
BURST = 1000
WRITTEN_TOGETHER = 250


@contextmanager
def events(api: Api, project: str, last: str = "") -> Iterator[Iterator[ServerSentEvent]]:
    """The events of a project, from where the last one was."""
    query = {"project_id": project, "last_event_id": last}
    with connect_sse(api.http, "GET", "/v1/events", params=query) as source:
        yield source.iter_sse()


def until(stream: Iterator[ServerSentEvent], job: Job, name: str = "job", **wanted: str) -> list[ServerSentEvent]:
    """The events up to the first of that name that says so of the job."""
    found = []
    for event in stream:
        found.append(event)
        data: Job = event.json()
        if event.event == name and wanted.items() | {("id", job["id"])} <= set(_flat(data)):
            return found
    raise AssertionError(f"the stream ended before {name} {wanted}: {[event.event for event in found]}")


def _flat(data: Job) -> Iterator[tuple[str, str]]:
    yield from ((name, value) for name, value in data.items() if isinstance(value, str))


def test_who_follows_all_jobs_misses_none_however_it_is_cut_off(darkroom: RunningStack, api: Api) -> None:
    """Made, worked on, canceled, deleted; while nobody listened, and while the instance was away."""
    project = f"p-{uuid4().hex[:12]}"
    with events(api, project) as stream:
        assert next(stream).event == "open"
        one, other = (api.submit(project_id=project, not_before=LATER) for _ in range(2))
        made = api.submit(project_id=project, model="placeholder")
        seen = until(stream, made, status="completed")
        assert {one["id"], other["id"]} <= {event.json()["id"] for event in seen}
        versions = [event.json()["status_sequence"] for event in seen if event.json()["id"] == made["id"]]
        assert versions == sorted(set(versions))
        assert json.loads(seen[-1].data) == api.get(made)
        darkroom.signal("status", signal.SIGTERM)
        assert list(stream) == []  # the answer ends as it should: nothing was broken off
    darkroom.restart("status")
    assert api.command(one, "cancel").status_code == 200
    assert api.delete(other).status_code == 202
    with events(api, project, seen[-1].id) as stream:
        assert next(stream).id == seen[-1].id
        found = until(stream, other, "deleted")
        assert api.delete(made).status_code == 202
        found += until(stream, made, "deleted")
    assert ("job", one["id"], "canceled") in {
        (event.event, event.json()["id"], event.json().get("status")) for event in found
    }


async def test_a_burst_of_changes_is_told_of_and_holds_nobody_up(darkroom: RunningStack, inside: Inside) -> None:
    """BURST jobs change at once; two who follow are told of each, and other requests are answered meanwhile."""
    project = f"p-{uuid4().hex[:12]}"
    now = datetime.now(UTC)
    own: dict[str, Any] = {"project_id": project, "updated_at": now, "wake_at": None, "listed_for": None}
    jobs = [a_job_in("canceled", id=uuid4().hex[:26], **own) for _ in range(BURST)]  # in nobody's way
    async with httpx.AsyncClient(base_url=darkroom.base_url, timeout=60, trust_env=False) as http:
        await typical(http, 5)
        async with followed(http, project) as first, followed(http, project) as second:
            writing = asyncio.create_task(asyncio.to_thread(written, inside, jobs))
            took = await typical(http, 60)
            told = await asyncio.gather(*(ids(stream) for stream in (first, second)))
            await writing
    assert [len(each) for each in told] == [BURST, BURST]
    assert took < 10, f"a read takes {took * 1000:.0f} ms meanwhile"  # a loop that is held up for the whole burst


@asynccontextmanager
async def followed(http: httpx.AsyncClient, project: str) -> AsyncIterator[AsyncIterator[ServerSentEvent]]:
    """The events of a project, once they are told."""
    async with aconnect_sse(http, "GET", "/v1/events", params={"project_id": project}) as source:
        stream = source.aiter_sse()
        assert (await anext(stream)).event == "open"
        yield stream


async def ids(stream: AsyncIterator[ServerSentEvent]) -> set[str]:
    """Of the jobs that are told of, until there are BURST."""
    found: set[str] = set()
    async with asyncio.timeout(60):
        async for event in stream:
            found.add(event.json()["id"])
            if len(found) == BURST:
                break
    return found


async def typical(http: httpx.AsyncClient, times: int) -> float:
    """Seconds that a small answer takes: the median."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        (await http.get("/v1/models")).raise_for_status()
        took.append(time.perf_counter() - began)
    return median(took)


def written(inside: Inside, jobs: Sequence[StoredJob]) -> None:
    """Write the jobs behind everybody's back."""
    for begin in range(0, len(jobs), WRITTEN_TOGETHER):
        batch = inside.database.batch()
        for job in jobs[begin : begin + WRITTEN_TOGETHER]:
            batch.create(inside.database.document(f"jobs/{job.id}"), fields(job))
        batch.commit()
