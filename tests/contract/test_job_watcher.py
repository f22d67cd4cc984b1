"""JobWatcher: the fake, and Firestore's Listen over the wire."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from shared.config import Settings
from shared.domain.job import Job
from shared.gcp.documents import client
from shared.gcp.job_store import FirestoreJobStore
from shared.gcp.job_watcher import FirestoreJobWatcher
from shared.ports import JobStore, Stored
from shared.ports.watcher import JobWatcher, Watch
from tests.builders import JOB_ID, a_job
from tests.fakes.job_store import FakeJobStore
from tests.fakes.job_watcher import FakeJobWatcher
from tests.processes import Control, RunningCloud

OTHER = "b" * 26
SECONDS = 60


@dataclass(frozen=True)
class World:
    """A watcher, and who writes what it watches."""

    jobs: JobStore
    watcher: JobWatcher
    remove: Callable[[str], Awaitable[object]]

    async def write(self, before: Stored, sequence: int) -> Stored:
        """The next version of a job."""
        return await self.jobs.write(before, a_job(id=before.job.id, status_sequence=sequence))


async def heard(watch: Watch) -> Job | None:
    """What is told next, within reason."""
    async with asyncio.timeout(SECONDS):
        return await watch.next()


async def sequence(watch: Watch) -> int:
    """The version that is told next."""
    job = await heard(watch)
    assert job is not None
    return job.status_sequence


class JobWatcherSuite:
    """To be inherited with a fixture `world`."""

    async def test_the_job_as_it_is_comes_first_then_each_change(self, world: World) -> None:
        """Whole, with every field."""
        stored = await world.jobs.create(a_job())
        async with world.watcher.watch(JOB_ID) as watch:
            assert await heard(watch) == stored.job
            for number in (2, 3):
                stored = await world.write(stored, number)
                assert await heard(watch) == stored.job

    async def test_versions_come_in_order_and_the_last_one_comes(self, world: World) -> None:
        """However quickly they were written."""
        stored = await world.jobs.create(a_job())
        async with world.watcher.watch(JOB_ID) as watch:
            for number in range(2, 21):
                stored = await world.write(stored, number)
            seen = [await sequence(watch)]
            while seen[-1] < 20:
                seen.append(await sequence(watch))
        assert seen == sorted(set(seen))

    async def test_a_job_that_is_not_there_is_none_until_it_is(self, world: World) -> None:
        """And none again when it is gone."""
        async with world.watcher.watch(JOB_ID) as watch:
            assert await heard(watch) is None
            await world.jobs.create(a_job())
            assert await sequence(watch) == 1
            await world.remove(JOB_ID)
            assert await heard(watch) is None

    async def test_whoever_joins_later_begins_with_the_job_as_it_is(self, world: World) -> None:
        """Then all hear the same, until they leave."""
        stored = await world.jobs.create(a_job())
        async with world.watcher.watch(JOB_ID) as first:
            assert await sequence(first) == 1
            stored = await world.write(stored, 2)
            assert await sequence(first) == 2
            async with world.watcher.watch(JOB_ID) as second:
                assert await sequence(second) == 2
                stored = await world.write(stored, 3)
                assert await sequence(first) == await sequence(second) == 3
            stored = await world.write(stored, 4)
            assert await sequence(first) == 4
        await world.write(stored, 5)
        async with world.watcher.watch(JOB_ID) as third:
            assert await sequence(third) == 5

    async def test_each_hears_of_its_own_job(self, world: World) -> None:
        """The other's changes are nothing to it."""
        one, other = await world.jobs.create(a_job()), await world.jobs.create(a_job(id=OTHER))
        async with world.watcher.watch(JOB_ID) as first, world.watcher.watch(OTHER) as second:
            assert await sequence(first) == await sequence(second) == 1
            await world.write(other, 2)
            assert await sequence(second) == 2
            await world.write(one, 3)
            assert await sequence(first) == 3

    async def test_a_wait_that_is_cancelled_loses_nothing(self, world: World) -> None:
        """The next one hears of the change."""
        stored = await world.jobs.create(a_job())
        async with world.watcher.watch(JOB_ID) as watch:
            assert await sequence(watch) == 1
            waiting = asyncio.ensure_future(watch.next())
            await asyncio.sleep(0)
            waiting.cancel()
            await world.write(stored, 2)
            assert await sequence(watch) == 2
            assert waiting.cancelled()


class TestFake(JobWatcherSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        jobs = FakeJobStore()

        async def remove(job_id: str) -> None:
            jobs.remove(job_id)

        return World(jobs, FakeJobWatcher(jobs), remove)


@pytest.mark.usefixtures("one_loop")
class TestFirestore(JobWatcherSuite):
    """The real one."""

    @pytest.fixture
    async def world(
        self, deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[World]:
        """A database of its own."""
        host = deployed_cloud.host("firestore")
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", host)
        firestore = client(project, "(default)")
        watcher = FirestoreJobWatcher(Settings(google_cloud_project=project, firestore_emulator_host=host))
        yield World(FirestoreJobStore(firestore), watcher, lambda job_id: firestore.document(f"jobs/{job_id}").delete())
        await watcher.close()
        await firestore._firestore_api.transport.close()  # noqa: SLF001 - the client's own close leaves it open

    @pytest.fixture
    def control(self, deployed_cloud: RunningCloud) -> Control:
        """Faults and counts."""
        return deployed_cloud.control

    async def test_a_stream_that_cannot_be_opened_is_opened_later(self, world: World, control: Control) -> None:
        """Nobody who watches hears of it."""
        await world.jobs.create(a_job())
        with control.fault("firestore", "Listen", code="UNAVAILABLE", count=2) as refused:
            async with world.watcher.watch(JOB_ID) as watch:
                assert await sequence(watch) == 1
            assert control.hits(refused) == 2

    async def test_nothing_is_lost_or_repeated_when_the_connection_is_reset(
        self, world: World, control: Control
    ) -> None:
        """It breaks while the second job is asked for; both are told on, of what happened meanwhile too."""
        one, other = await world.jobs.create(a_job()), await world.jobs.create(a_job(id=OTHER))
        with control.fault("firestore", "Listen", effect="reset", containing=[OTHER], count=1) as reset:
            async with world.watcher.watch(JOB_ID) as first:
                assert await sequence(first) == 1
                async with world.watcher.watch(OTHER) as second:
                    one = await world.write(one, 2)
                    assert [await sequence(first), await sequence(second)] == [2, 1]
                    assert control.hits(reset) == 1
                    await world.write(other, 2)
                    await world.write(one, 3)
                    assert [await sequence(first), await sequence(second)] == [3, 2]

    async def test_many_are_told_of_the_last_version_through_many_resets(self, world: World, control: Control) -> None:
        """In order, and nothing twice, while each stream that is opened may break again."""
        ids = [letter * 26 for letter in "cdefghijklmn"]
        rule: dict[str, Any] = {"effect": "reset", "containing": ["add_target"], "skip": 5, "count": 4}

        async def write(job_id: str) -> None:
            stored = await world.jobs.create(a_job(id=job_id))
            for number in range(2, 7):
                stored = await world.write(stored, number)

        async def follow(job_id: str) -> list[int]:
            seen = [0]
            async with world.watcher.watch(job_id) as watch:
                while seen[-1] < 6:
                    job = await heard(watch)
                    seen.append(job.status_sequence if job else 0)
            return seen

        with control.fault("firestore", "Listen", **rule) as reset:
            following = asyncio.gather(*map(follow, ids))
            await asyncio.gather(*map(write, ids))
            told = await following
            assert control.hits(reset) == 4
        for seen in told:
            versions = [number for number in seen if number]
            assert versions == sorted(set(versions))

    async def test_a_reset_of_the_stream_breaks_no_read(self, world: World, control: Control) -> None:
        """It has a connection of its own."""
        await world.jobs.create(a_job())
        with control.tracing() as calls:
            async with world.watcher.watch(JOB_ID) as watch:
                assert await sequence(watch) == 1
            await world.jobs.get(JOB_ID)
            traced = calls()
        listens, reads = (
            {call["peer"] for call in traced if call["method"] == method} for method in ("Listen", "GetDocument")
        )
        assert listens
        assert reads
        assert listens.isdisjoint(reads)

    async def test_those_who_watch_share_a_stream_and_a_target_a_job(self, world: World, control: Control) -> None:
        """A stream that nobody needs is ended."""
        await world.jobs.create(a_job())
        with control.tracing() as calls:
            async with AsyncExitStack() as watches:
                for job_id in (JOB_ID, JOB_ID, OTHER, JOB_ID):
                    await heard(await watches.enter_async_context(world.watcher.watch(job_id)))
            said = [call["about"] for call in calls() if call["method"] == "Listen"]
        assert [said.count(""), len([text for text in said if "add_target" in text])] == [1, 2]

    async def test_a_change_is_heard_of_within_a_tenth_of_a_second(self, world: World) -> None:
        """From the write on, its answer included: the best of a few, on a machine that may be busy."""
        stored = await world.jobs.create(a_job())
        took, number = [1.0], 1
        async with world.watcher.watch(JOB_ID) as watch:
            assert await sequence(watch) == 1
            while min(took) >= 0.1 and len(took) < 50:
                number += 1
                begun = time.perf_counter()
                stored = await world.write(stored, number)
                assert await sequence(watch) == number
                took.append(time.perf_counter() - begun)
        assert min(took) < 0.1, took
