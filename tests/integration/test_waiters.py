"""Two hundred who wait: what they cost one process of `status`, and whether anybody else notices."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

import httpx
from httpx_sse import aconnect_sse

from tests.integration.api import Job, a_prompt
from tests.integration.machine import resident_bytes
from tests.stack import RunningStack

WAITERS = 200
AT_ONCE = 16  # submits and cancels
MEGABYTES = 200
READS = 60
ROUNDS = 10  # at most: whatever else the machine does may spoil one
LATER = "2099-01-01T00:00:00Z"


async def test_two_hundred_waiters_cost_little_and_slow_nobody(darkroom: RunningStack) -> None:
    """Each follows a job of its own, through the gateway; then each is told of its job's end, and of nothing else."""
    async with client(darkroom) as http:
        jobs = await gathered([submitted(http) for _ in range(WAITERS)])
        before, alone = resident_bytes(darkroom.group("status")), await typical_read(http, jobs[0])
        begun: asyncio.Queue[str] = asyncio.Queue()
        waiting = [asyncio.create_task(followed(http, job, begun)) for job in jobs]
        async with asyncio.timeout(60):
            assert {await begun.get() for _ in jobs} == {job["id"] for job in jobs}
        after, crowded = resident_bytes(darkroom.group("status")), [await typical_read(http, jobs[0])]
        while min(crowded) >= alone * 2 + 0.02 and len(crowded) < ROUNDS:
            crowded.append(await typical_read(http, jobs[0]))
        await gathered([canceled(http, job) for job in jobs])
        async with asyncio.timeout(60):
            told = await asyncio.gather(*waiting)
    assert told == [["queued", "canceled"]] * WAITERS
    assert 0 < after < MEGABYTES * 1e6, f"{before / 1e6:.0f} MB, with {WAITERS} waiters {after / 1e6:.0f} MB"
    assert min(crowded) < alone * 2 + 0.02, f"a read takes {alone:.4f} s, among waiters {crowded} s"


@asynccontextmanager
async def client(darkroom: RunningStack) -> AsyncIterator[httpx.AsyncClient]:
    """With as many connections as it takes."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=darkroom.base_url, timeout=60, limits=limits, trust_env=False) as http:
        yield http


async def gathered(calls: list[Coroutine[Any, Any, Job]]) -> list[Job]:
    """What all of them give, AT_ONCE at a time."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(call: Coroutine[Any, Any, Job]) -> Job:
        async with places:
            return await call

    return await asyncio.gather(*map(one, calls))


async def submitted(http: httpx.AsyncClient) -> Job:
    """A job that waits until it is canceled."""
    answer = await http.post("/v1/jobs", json={"prompt": a_prompt(), "not_before": LATER})
    job: Job = answer.raise_for_status().json()
    return job


async def canceled(http: httpx.AsyncClient, job: Job) -> Job:
    """The same one, at its end."""
    ended: Job = (await http.post(job["urls"]["cancel"])).raise_for_status().json()
    return ended


async def followed(http: httpx.AsyncClient, job: Job, begun: "asyncio.Queue[str]") -> list[str]:
    """What is told of a job, to its end; `begun` gets its id with the first event."""
    told: list[str] = []
    async with aconnect_sse(http, "GET", job["urls"]["events"]) as source:
        async for event in source.aiter_sse():
            if not told:
                begun.put_nowait(job["id"])
            told.append(event.json()["status"])
    return told


async def typical_read(http: httpx.AsyncClient, job: Job) -> float:
    """Seconds that a read of a job takes, one after the other: the median."""
    took = []
    for _ in range(READS):
        began = time.perf_counter()
        (await http.get(job["urls"]["self"])).raise_for_status()
        took.append(time.perf_counter() - began)
    return median(took)
