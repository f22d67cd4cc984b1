"""Jobs in a dictionary, under versions that every write must meet."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from shared.domain.accounts import Charge
from shared.domain.control import ControlledBy
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown
from shared.domain.job import Job, Status
from shared.domain.ledger import Entry, entry_of
from shared.domain.listing import Listing
from shared.domain.render import Render
from shared.ports import Position, RenderChange, Stored, StoredRender
from shared.ports.jobs import MAX_TOGETHER
from tests.fakes.accounts import FakeAccounts
from tests.fakes.failures import Failures


class FakeJobStore:
    """A JobStore that keeps every version it ever held, and fails when it is told to."""

    def __init__(self) -> None:
        self.failures = Failures()
        self.history: list[Job] = []  # every write that took effect, of all jobs, in order
        self.ledger: list[Entry] = []
        self.accounts = FakeAccounts()
        self.calls: list[str] = []  # by the names of the methods
        self.listeners: list[Callable[[str, Job | None], None]] = []  # called with what each write made of a job
        self._documents: dict[str, tuple[bytes, int]] = {}
        self._renders: dict[str, StoredRender] = {}
        self._version = 0

    async def create(self, job: Job, charge: Charge | None = None) -> Stored:
        """See JobStore.create."""
        await self._begun("create")
        if job.id in self._documents:
            raise AlreadyExists(job.id)
        self.accounts.apply(charge)
        stored = self._put(job)
        self.failures.after("create")
        return stored

    async def create_all(self, jobs: Sequence[Job]) -> None:
        """See JobStore.create_all."""
        await self._begun("create_all")
        assert 0 < len(jobs) <= MAX_TOGETHER
        if there := [job.id for job in jobs if job.id in self._documents]:
            raise AlreadyExists(there[0])
        for job in jobs:
            self._put(job)
        self.failures.after("create_all")

    async def known(self, ids: Sequence[str]) -> frozenset[str]:
        """See JobStore.known."""
        await self._begun("known")
        return frozenset(ids) & self._documents.keys()

    async def discard(self, jobs: Sequence[Stored]) -> None:
        """See JobStore.discard."""
        await self._begun("discard")
        if any(self._stored(stored.job.id) != stored for stored in jobs):
            raise Conflict(jobs[0].job.id)
        for stored in jobs:
            self.remove(stored.job.id)
        self.failures.after("discard")

    async def get(self, job_id: str) -> Stored | None:
        """See JobStore.get."""
        await self._begun("get")
        return self._stored(job_id)

    async def write(
        self, before: Stored, job: Job, render: RenderChange | None = None, charge: Charge | None = None
    ) -> Stored:
        """See JobStore.write."""
        await self._begun("write")
        found = self._stored(job.id)
        if found is None or found.version != before.version:
            raise Conflict(job.id)
        if render and self._renders.get(render.id) != render.before:
            raise Conflict(render.id)
        self.accounts.apply(charge)
        if entry := entry_of(before.job, job):
            self.ledger.append(entry)
        stored = self._put(job)
        if render and render.after is None:
            del self._renders[render.id]
        elif render and render.after:
            self._renders[render.id] = StoredRender(render.after, self._version)
        self.failures.after("write")
        return stored

    async def get_render(self, render_id: str) -> StoredRender | None:
        """See JobStore.get_render."""
        await self._begun("get_render")
        return self._renders.get(render_id)

    async def followers(self, job_id: str, limit: int) -> Sequence[Stored]:
        """See JobStore.followers."""
        await self._begun("followers")
        return [found for found in self._all() if found.job.waiting_for == job_id][:limit]

    async def gave_up(self, tenant: str, limit: int, after: Position | None = None) -> Sequence[Stored]:
        """See JobStore.gave_up."""
        await self._begun("gave_up")
        dead = [found for found in self._all() if found.job.tenant == tenant and found.job.gave_up]
        return _newest(dead, lambda job: job.completed_at, after)[:limit]

    async def page(self, tenant: str, listing: Listing, limit: int, after: Position | None = None) -> Sequence[Stored]:
        """See JobStore.page."""
        await self._begun("page")
        listed = [found for found in self._all() if found.job.listed_for == tenant and _asked(found.job, listing)]
        return _newest(listed, lambda job: job.created_at, after)[:limit]

    async def changed(
        self, tenant: str, since: datetime, limit: int, after: Position | None = None
    ) -> Sequence[Stored]:
        """See JobStore.changed."""
        await self._begun("changed")
        own = [found for found in self._all() if found.job.tenant == tenant and found.job.updated_at > since]
        begin = (after.at, after.job_id) if after else (since, "")
        placed = sorted((found.job.updated_at, found.job.id, found) for found in own)
        return [found for at, job_id, found in placed if (at, job_id) > begin][:limit]

    async def ahead(self, job: Job) -> int:
        """See JobStore.ahead."""
        await self._begun("ahead")
        lane = (
            found.job for found in self._all() if (found.job.status, found.job.priority) == ("queued", job.priority)
        )
        return sum(other.queued_at < job.queued_at for other in lane)

    async def count(self, tenant: str, parent_id: str, statuses: Sequence[Status]) -> int:
        """See JobStore.count."""
        await self._begun("count")
        own = [found.job for found in self._all() if (found.job.listed_for, found.job.parent_id) == (tenant, parent_id)]
        return sum(job.status in statuses for job in own)

    async def queued_since(self, tenant: str, before: datetime, limit: int) -> Sequence[Stored]:
        """See JobStore.queued_since."""
        await self._begun("queued_since")
        queued = [found for found in self._all() if (found.job.tenant, found.job.status) == (tenant, "queued")]
        early = [found for found in queued if found.job.queued_at < before]
        return sorted(early, key=lambda found: found.job.queued_at)[:limit]

    async def queued(
        self, field: ControlledBy, value: str, limit: int, after: Position | None = None
    ) -> Sequence[Stored]:
        """See JobStore.queued."""
        await self._begun("queued")
        waiting = [found for found in self._all() if (found.job.status, getattr(found.job, field)) == ("queued", value)]
        begin = (after.at, after.job_id) if after else (datetime.min.replace(tzinfo=UTC), "")
        placed = sorted((found.job.queued_at, found.job.id, found) for found in waiting)
        return [found for at, job_id, found in placed if (at, job_id) > begin][:limit]

    async def due(self, now: datetime, limit: int) -> Sequence[Stored]:
        """See JobStore.due."""
        await self._begun("due")
        woken = [(found.job.wake_at, found) for found in self._all() if found.job.wake_at is not None]
        due = sorted((pair for pair in woken if pair[0] <= now), key=lambda pair: pair[0])
        return [found for _, found in due[:limit]]

    def job(self, job_id: str) -> Job:
        """The job as it is stored now."""
        found = self._stored(job_id)
        assert found is not None, f"there is no job {job_id}"
        return found.job

    def find(self, job_id: str) -> Job | None:
        """The job as it is stored now, if it is."""
        found = self._stored(job_id)
        return found.job if found else None

    def has(self, job: Job) -> Stored:
        """Put the job there, whatever was there before."""
        return self._put(job)

    def render(self, render_id: str) -> Render | None:
        """The record of some pixels as it is stored now."""
        found = self._renders.get(render_id)
        return found.render if found else None

    def has_render(self, render_id: str, render: Render) -> None:
        """Put the record there, whatever was there before."""
        self._version += 1
        self._renders[render_id] = StoredRender(render, self._version)

    def change(self, job_id: str, change: Callable[[Job], Job]) -> None:
        """Write as somebody else, at once."""
        self._put(change(self.job(job_id)))

    def remove(self, job_id: str) -> None:
        """Delete as somebody else, at once."""
        del self._documents[job_id]
        self._tell(job_id, None)

    def lose_answer(self, method: str, times: int = 1, skip: int = 0) -> None:
        """Let the next `times` answers of `method`, after `skip` of them, be lost after it took effect."""
        self.failures.lose_answer(method, OutcomeUnknown("the answer was lost"), times, skip)

    async def _begun(self, method: str) -> None:
        self.calls.append(method)
        await asyncio.sleep(0)  # others have their turn, as they would over a network
        self.failures.before(method)

    def _put(self, job: Job) -> Stored:
        self._version += 1
        self._documents[job.id] = msgspec.json.encode(job), self._version
        self.history.append(job)
        self._tell(job.id, job)
        return Stored(job, self._version)

    def _tell(self, job_id: str, job: Job | None) -> None:
        for listener in tuple(self.listeners):
            listener(job_id, job)

    def _all(self) -> list[Stored]:
        return [found for job_id in self._documents if (found := self._stored(job_id))]

    def _stored(self, job_id: str) -> Stored | None:
        if job_id not in self._documents:
            return None
        data, version = self._documents[job_id]
        return Stored(msgspec.json.decode(data, type=Job), version)


def _newest(found: list[Stored], time: Callable[[Job], datetime | None], after: Position | None) -> list[Stored]:
    placed = []
    for stored in found:
        at = time(stored.job)
        assert at is not None
        if after is None or (at, stored.job.id) < (after.at, after.job_id):
            placed.append(((at, stored.job.id), stored))
    return [stored for _, stored in sorted(placed, key=lambda pair: pair[0], reverse=True)]


def _asked(job: Job, listing: Listing) -> bool:
    element = listing.contains()
    return (
        all(getattr(job, name) == value for name, value in listing.equals().items())
        and (element is None or element[1] in getattr(job, element[0]))
        and (listing.created_after is None or job.created_at > listing.created_after)
    )
