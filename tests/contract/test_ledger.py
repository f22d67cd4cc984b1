"""Ledger: the fake, and Firestore over the wire; its entries are written by JobStore."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.endings import canceled
from shared.domain.job import Job, Spend
from shared.domain.ledger import Entry
from shared.gcp.documents import client
from shared.gcp.job_store import FirestoreJobStore
from shared.gcp.ledger import FirestoreLedger
from shared.ports import JobStore, Ledger
from shared.ports.ledger import Sum
from tests.builders import a_job, a_job_in
from tests.fakes.clock import NOON
from tests.fakes.job_store import FakeJobStore
from tests.fakes.ledger import FakeLedger
from tests.processes import RunningCloud

LATER = NOON + timedelta(hours=1)
ALL = (NOON - timedelta(days=1), NOON + timedelta(days=1))


@dataclass(frozen=True)
class World:
    """A ledger, and who writes it."""

    jobs: JobStore
    ledger: Ledger

    async def end(self, name: str, at: datetime = NOON, **changes: Any) -> Job:
        """A job that is canceled, after a call that was lost."""
        spend = (Spend(attempt=1, estimated_micros=40, actual_micros=None),)
        before = a_job_in("generating", id=name * 26, spend=spend, **changes)
        after = canceled(before, at)
        await self.jobs.write(await self.jobs.create(before), after)
        return after

    async def read(self, *window: datetime, limit: int = 10, where: dict[str, str] | None = None) -> list[Entry]:
        """The entries of the tenant `local`."""
        since, until = window or ALL
        return list(await self.ledger.entries("local", since, until, where or {}, limit))


class LedgerSuite:
    """To be inherited with a fixture `world`."""

    async def test_an_end_is_an_entry(self, world: World) -> None:
        """With what it spent, and how it went."""
        job = await world.end("a", project_id="p", user_id="u")
        (entry,) = await world.read()
        assert (entry.job_id, entry.status, entry.project_id, entry.user_id) == (job.id, "canceled", "p", "u")
        assert (entry.calls, entry.micros, entry.unknown_calls, entry.at) == (1, 40, 1, NOON)

    async def test_a_window_has_its_beginning_and_not_its_end(self, world: World) -> None:
        """The oldest first; windows that meet share nothing."""
        for name, at in (("a", LATER), ("b", NOON)):
            await world.end(name, at)
        assert [entry.at for entry in await world.read()] == [NOON, LATER]
        assert [entry.at for entry in await world.read(NOON, LATER)] == [NOON]
        assert len(await world.read(limit=1)) == 1

    @pytest.mark.parametrize("field", ["project_id", "user_id", "job_type", "model"])
    async def test_a_filter_leaves_the_others_out(self, world: World, field: str) -> None:
        """Each has its index."""
        changes: dict[str, Any] = {field: "edit"}
        await world.end("a", **changes)
        await world.end("b")
        assert [entry.job_id[0] for entry in await world.read(where={field: "edit"})] == ["a"]

    async def test_another_tenants_entries_are_not_there(self, world: World) -> None:
        """Whatever the window."""
        await world.end("a", tenant="other")
        assert await world.read() == []

    async def test_what_the_jobs_of_a_parent_spent_is_summed(self, world: World) -> None:
        """Of the tenant's own; nothing where none has ended."""
        assert await world.ledger.of_parent("local", "p") == Sum(0, 0)
        await world.end("a", parent_id="p")
        await world.end("b", parent_id="p", cancel_requested=True)
        await world.end("c", parent_id="q")
        await world.end("d", parent_id="p", tenant="other")
        assert await world.ledger.of_parent("local", "p") == Sum(80, 2)

    async def test_jobs_that_are_queued_for_long_are_found(self, world: World) -> None:
        """Those of the tenant, the longest queued first."""
        for name, minutes in (("a", 1), ("b", 2), ("c", 0)):
            await world.jobs.create(a_job(id=name * 26, queued_at=NOON - timedelta(minutes=minutes)))
        await world.jobs.create(a_job(id="d" * 26, queued_at=NOON - timedelta(hours=1), tenant="other"))
        await world.jobs.create(a_job_in("failed", id="e" * 26, queued_at=NOON - timedelta(hours=1)))
        found = await world.jobs.queued_since("local", NOON, 5)
        assert [stored.job.id[0] for stored in found] == ["b", "a"]
        assert len(await world.jobs.queued_since("local", NOON, 1)) == 1


class TestFakeLedger(LedgerSuite):
    """In a list."""

    @pytest.fixture
    def world(self) -> World:
        """The fake store's own."""
        jobs = FakeJobStore()
        return World(jobs, FakeLedger(jobs.ledger))


@pytest.mark.usefixtures("one_loop")
class TestFirestoreLedger(LedgerSuite):
    """Over the wire, under the indexes that are deployed."""

    @pytest.fixture
    async def world(
        self, deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[World]:
        """A database of its own."""
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", deployed_cloud.host("firestore"))
        firestore = client(project, "(default)")
        yield World(FirestoreJobStore(firestore), FirestoreLedger(firestore))
        await firestore._firestore_api.transport.close()  # noqa: SLF001 - the client's own close leaves it open
