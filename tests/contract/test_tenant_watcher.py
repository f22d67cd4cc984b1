"""JobWatcher.watch_tenant: the fake, and a query that Firestore listens to, over the wire."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.config import Settings
from shared.gcp.documents import client
from shared.gcp.job_store import FirestoreJobStore
from shared.gcp.job_watcher import FirestoreJobWatcher
from shared.ports import JobStore, Stored
from shared.ports.watcher import JobWatcher, TenantWatch
from tests.builders import JOB_ID, a_job
from tests.contract.full_job import A_FULL_JOB
from tests.fakes.job_store import FakeJobStore
from tests.fakes.job_watcher import FakeJobWatcher
from tests.processes import Control, RunningCloud

OTHER = "b" * 26
SECONDS = 60
Heard = list[tuple[str, int | None]]  # ids, and the versions of what is there


@dataclass(frozen=True)
class World:
    """A watcher, and who writes what it watches."""

    jobs: JobStore
    watcher: JobWatcher
    remove: Callable[[str], Awaitable[object]]

    async def create(self, job_id: str = JOB_ID, **changes: Any) -> Stored:
        """A new job of the tenant, of now."""
        return await self.jobs.create(a_job(id=job_id, updated_at=datetime.now(UTC), **changes))

    async def write(self, before: Stored, sequence: int, **changes: Any) -> Stored:
        """The next version of a job."""
        fields = {"id": before.job.id, "status_sequence": sequence, "updated_at": datetime.now(UTC)}
        return await self.jobs.write(before, a_job(**{**fields, **changes}))


async def opened(watch: TenantWatch) -> TenantWatch:
    """The watch, once it hears."""
    async with asyncio.timeout(SECONDS):
        await watch.opened()
    return watch


async def heard(watch: TenantWatch) -> Heard:
    """What is told next, within reason."""
    async with asyncio.timeout(SECONDS):
        return [(change.job_id, change.job.status_sequence if change.job else None) for change in await watch.next()]


async def heard_until(watch: TenantWatch, wanted: tuple[str, int | None]) -> Heard:
    """All that is told until that."""
    found: Heard = []
    while wanted not in found:
        found += await heard(watch)
    return found


class TenantWatcherSuite:
    """To be inherited with a fixture `world`."""

    async def test_each_change_of_any_job_is_told(self, world: World) -> None:
        """Of new ones, too, and whole; not what was there before, nor a write that changes nothing for anybody."""
        before = await world.create(OTHER)
        async with world.watcher.watch_tenant("local") as watch:
            await opened(watch)
            fields = {"id": JOB_ID, "tenant": "local", "updated_at": datetime.now(UTC)}
            new = await world.jobs.create(type(A_FULL_JOB)(**{**_fields(A_FULL_JOB), **fields}))
            async with asyncio.timeout(SECONDS):
                (change,) = await watch.next()
            assert (change.job_id, change.job) == (JOB_ID, new.job)
            leased = await world.write(before, 1, write_id="another")
            await world.write(leased, 2)
            assert await heard(watch) == [(OTHER, 2)]

    async def test_a_job_s_versions_come_in_order_and_its_last_one_comes(self, world: World) -> None:
        """However quickly they were written, of several at once."""
        async with world.watcher.watch_tenant("local") as watch:
            await opened(watch)
            one, other = await world.create(JOB_ID), await world.create(OTHER)
            for number in range(2, 12):
                one, other = await world.write(one, number), await world.write(other, number)
            found = await heard_until(watch, (OTHER, 11))
        for job_id in (JOB_ID, OTHER):
            versions = [version or 0 for found_id, version in found if found_id == job_id]
            assert versions == sorted(set(versions))
            assert versions[-1] == 11

    async def test_deleted_jobs_are_told_of(self, world: World) -> None:
        """One that is marked says so itself, and then changes no more; of one that is gone, there is its id."""
        one, other = await world.create(JOB_ID), await world.create(OTHER)
        async with world.watcher.watch_tenant("local") as watch:
            await opened(watch)
            marked = await world.write(one, 1, deleted_at=datetime.now(UTC), listed_for=None)
            async with asyncio.timeout(SECONDS):
                (change,) = await watch.next()
            assert change.job is not None
            assert (change.job_id, change.job.deleted_at) == (JOB_ID, marked.job.deleted_at)
            await world.write(marked, 1, deleted_at=marked.job.deleted_at, listed_for=None, prompt="")
            await world.remove(other.job.id)
            assert await heard(watch) == [(OTHER, None)]

    async def test_tenants_hear_of_their_own_alone(self, world: World) -> None:
        """Each by its own watch, on whichever stream."""
        async with world.watcher.watch_tenant("local") as mine, world.watcher.watch_tenant("rival") as theirs:
            await opened(mine)
            await opened(theirs)
            await world.create(JOB_ID)
            await world.create(OTHER, tenant="rival")
            assert await heard(theirs) == [(OTHER, 1)]
            assert await heard(mine) == [(JOB_ID, 1)]

    async def test_whoever_joins_later_hears_what_changes_then(self, world: World) -> None:
        """And those before it go on, until they leave; a slow one is given the last version of each job."""
        stored = await world.create()
        async with world.watcher.watch_tenant("local") as first:
            await opened(first)
            stored = await world.write(stored, 2)
            assert await heard(first) == [(JOB_ID, 2)]
            async with world.watcher.watch_tenant("local") as second:
                await opened(second)
                stored = await world.write(stored, 3)
                assert await heard(second) == [(JOB_ID, 3)]
                stored = await world.write(stored, 4)
                assert await heard(second) == [(JOB_ID, 4)]
            assert await heard(first) == [(JOB_ID, 4)]
        async with world.watcher.watch_tenant("local") as third:
            await opened(third)
            await world.write(stored, 5)
            assert await heard(third) == [(JOB_ID, 5)]

    async def test_a_wait_that_is_cancelled_loses_nothing(self, world: World) -> None:
        """The next one hears of the change."""
        async with world.watcher.watch_tenant("local") as watch:
            await opened(watch)
            waiting = asyncio.ensure_future(watch.next())
            await asyncio.sleep(0)
            waiting.cancel()
            await world.create()
            assert await heard(watch) == [(JOB_ID, 1)]


def _fields(job: Any) -> dict[str, Any]:
    return {name: getattr(job, name) for name in job.__struct_fields__}


class TestFake(TenantWatcherSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        jobs = FakeJobStore()

        async def remove(job_id: str) -> None:
            jobs.remove(job_id)

        return World(jobs, FakeJobWatcher(jobs), remove)


@pytest.mark.usefixtures("one_loop")
class TestFirestore(TenantWatcherSuite):
    """The real one."""

    @pytest.fixture
    async def world(
        self, deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[World]:
        """A database of its own, with the indexes that are deployed."""
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

    async def test_nothing_is_lost_when_the_connection_is_reset(self, world: World, control: Control) -> None:
        """It breaks while a job is asked for; what changed meanwhile is told, and nothing that was told before."""
        one = await world.create()
        async with world.watcher.watch_tenant("local") as watch:
            await opened(watch)
            one = await world.write(one, 2)
            assert await heard(watch) == [(JOB_ID, 2)]
            with control.fault("firestore", "Listen", effect="reset", containing=[OTHER], count=1) as reset:
                async with world.watcher.watch(OTHER) as other:
                    await world.create(OTHER)
                    await world.write(one, 3)
                    found = await heard_until(watch, (JOB_ID, 3))
                    while (await other.next()) is None:
                        pass
                assert control.hits(reset) == 1
            found += [] if (OTHER, 1) in found else await heard(watch)
        assert sorted(found) == [(JOB_ID, 3), (OTHER, 1)]

    async def test_all_of_a_tenant_share_a_target_beside_those_of_jobs(self, world: World, control: Control) -> None:
        """On one stream, which ends when nobody needs it."""
        await world.create()
        with control.tracing() as calls:
            async with AsyncExitStack() as watches:
                for _ in range(2):
                    await opened(await watches.enter_async_context(world.watcher.watch_tenant("local")))
                job = await watches.enter_async_context(world.watcher.watch(JOB_ID))
                assert await job.next() is not None
            said = [call["about"] for call in calls() if call["method"] == "Listen"]
        assert [said.count(""), len([text for text in said if "add_target" in text])] == [1, 2]
