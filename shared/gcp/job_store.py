"""JobStore on Firestore: `jobs/{id}`, every write conditional; one RPC a call, two where accounts are charged."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.accounts import Charge
from shared.domain.control import ControlledBy
from shared.domain.job import Job, Status
from shared.domain.ledger import entry_of
from shared.domain.listing import Listing
from shared.domain.render import Render
from shared.gcp.accounts import Accounts
from shared.gcp.documents import changes, created, due, fields, found, read, read_all, written
from shared.gcp.encoding import creation, deletion, update
from shared.gcp.endings import tell
from shared.gcp.firestore import Firestore, Snapshot
from shared.gcp.job_queries import asked, children, counted, newest, oldest
from shared.gcp.ledger import COLLECTION as LEDGER
from shared.ports import Position, RenderChange, Stored, StoredRender

COLLECTION = "jobs"
RENDERS = "renders"
ENCODED_TOGETHER = 20  # jobs


class FirestoreJobStore:
    """Jobs as documents; a field at its default is not stored."""

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore
        self._jobs = firestore.collection(COLLECTION)
        self._accounts = Accounts(firestore)

    async def create(self, job: Job, charge: Charge | None = None) -> Stored:
        """See JobStore.create."""
        name = self._name(job.id)
        new = creation(name, fields(job))
        if charge:
            return Stored(job, await self._accounts.commit(charge, name, None, [new]))
        return Stored(job, await created(self._firestore, new))

    async def create_all(self, jobs: Sequence[Job]) -> None:
        """See JobStore.create_all."""
        new = []
        for number, job in enumerate(jobs, 1):
            new.append(creation(self._name(job.id), fields(job)))
            if number % ENCODED_TOGETHER == 0:  # at a tenth of a millisecond each, others want their turn
                await asyncio.sleep(0)
        await created(self._firestore, *new)

    async def known(self, ids: Sequence[str]) -> frozenset[str]:
        """See JobStore.known: one call, which gives no content."""
        found = await read_all(self._firestore, [self._name(each) for each in ids], content=False)
        return frozenset(snapshot.id for snapshot in found.values())

    async def discard(self, jobs: Sequence[Stored]) -> None:
        """See JobStore.discard."""
        await written(self._firestore, *(deletion(self._name(each.job.id), each.version) for each in jobs))

    async def get(self, job_id: str) -> Stored | None:
        """See JobStore.get."""
        snapshot = await read(self._firestore, self._name(job_id))
        return _stored(snapshot) if snapshot else None

    async def write(
        self, before: Stored, job: Job, render: RenderChange | None = None, charge: Charge | None = None
    ) -> Stored:
        """See JobStore.write: one update of the fields that differ, under the version that was read.

        What the change books in the ledger is in the same commit.
        """
        entry = entry_of(before.job, job)
        name = self._name(job.id)
        writes = [update(name, changes(before.job, job), before.version)]
        if entry:
            writes.append(creation(self._firestore.name_of(LEDGER, entry.id), fields(entry)))
        if render:
            writes.append(self._rendered(render))
        if charge:
            version = await self._accounts.commit(charge, name, before.version, writes)
        else:
            version = await written(self._firestore, *writes)
        if entry:
            tell(entry, job)
        return Stored(job, version)

    async def get_render(self, render_id: str) -> StoredRender | None:
        """See JobStore.get_render."""
        snapshot = await read(self._firestore, self._firestore.name_of(RENDERS, render_id))
        return StoredRender(msgspec.convert(snapshot.fields, Render), snapshot.version) if snapshot else None

    async def followers(self, job_id: str, limit: int) -> Sequence[Stored]:
        """See JobStore.followers."""
        waiting = self._jobs.where(filter=FieldFilter("waiting_for", "==", job_id))
        return await _jobs(self._firestore, waiting.limit(limit))

    async def gave_up(self, tenant: str, limit: int, after: Position | None = None) -> Sequence[Stored]:
        """See JobStore.gave_up."""
        jobs = self._jobs.where(filter=FieldFilter("tenant", "==", tenant))
        dead = jobs.where(filter=FieldFilter(field_path="gave_up", op_string="==", value=True))
        return await _jobs(self._firestore, newest(dead, "completed_at", after).limit(limit))

    async def page(self, tenant: str, listing: Listing, limit: int, after: Position | None = None) -> Sequence[Stored]:
        """See JobStore.page."""
        listed = self._jobs.where(filter=FieldFilter("listed_for", "==", tenant))
        return await _jobs(self._firestore, newest(asked(listed, listing), "created_at", after).limit(limit))

    async def changed(
        self, tenant: str, since: datetime, limit: int, after: Position | None = None
    ) -> Sequence[Stored]:
        """See JobStore.changed."""
        jobs = self._jobs.where(filter=FieldFilter("tenant", "==", tenant))
        changed = jobs.where(filter=FieldFilter("updated_at", ">", since))
        return await _jobs(self._firestore, oldest(changed, "updated_at", after).limit(limit))

    async def ahead(self, job: Job) -> int:
        """See JobStore.ahead: a count on the server's side."""
        queued = self._jobs.where(filter=FieldFilter("status", "==", "queued"))
        lane = queued.where(filter=FieldFilter("priority", "==", job.priority))
        return await counted(lane.where(filter=FieldFilter("queued_at", "<", job.queued_at)))

    async def count(self, tenant: str, parent_id: str, statuses: Sequence[Status]) -> int:
        """See JobStore.count: on the server's side, by the index of the listings."""
        return await counted(newest(children(self._jobs, tenant, parent_id, statuses), "created_at", None))

    async def queued_since(self, tenant: str, before: datetime, limit: int) -> Sequence[Stored]:
        """See JobStore.queued_since."""
        jobs = self._jobs.where(filter=FieldFilter("tenant", "==", tenant))
        queued = jobs.where(filter=FieldFilter("status", "==", "queued"))
        waiting = queued.where(filter=FieldFilter("queued_at", "<", before)).order_by("queued_at")
        return await _jobs(self._firestore, waiting.limit(limit))

    async def queued(
        self, field: ControlledBy, value: str, limit: int, after: Position | None = None
    ) -> Sequence[Stored]:
        """See JobStore.queued."""
        queued = self._jobs.where(filter=FieldFilter("status", "==", "queued"))
        waiting = queued.where(filter=FieldFilter(field, "==", value))
        return await _jobs(self._firestore, oldest(waiting, "queued_at", after).limit(limit))

    async def due(self, now: datetime, limit: int) -> Sequence[Stored]:
        """See JobStore.due."""
        woken = self._jobs.where(filter=FieldFilter("wake_at", "<=", now))
        return await due(self._firestore, woken, limit, _stored)

    def _rendered(self, change: RenderChange) -> Any:
        name = self._firestore.name_of(RENDERS, change.id)
        if change.before is None:
            return creation(name, msgspec.to_builtins(change.after))
        if change.after is None:
            return deletion(name, change.before.version)
        # Every field is named: an update keeps what it does not name.
        named = {field: msgspec.to_builtins(getattr(change.after, field)) for field in Render.__struct_fields__}
        return update(name, named, change.before.version)

    def _name(self, job_id: str) -> str:
        return self._firestore.name_of(COLLECTION, job_id)


def _stored(snapshot: Snapshot) -> Stored:
    return Stored(msgspec.convert(snapshot.fields, Job), snapshot.version)


async def _jobs(firestore: Firestore, query: Any) -> list[Stored]:
    return [_stored(snapshot) for snapshot in await found(firestore, query)]
