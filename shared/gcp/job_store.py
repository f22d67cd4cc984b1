"""JobStore on Firestore: `jobs/{id}`, every write conditional; one RPC a call, two where accounts are charged."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from google.cloud.firestore_v1.async_client import AsyncClient
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.accounts import Charge
from shared.domain.control import ControlledBy
from shared.domain.job import Job, Status
from shared.domain.ledger import entry_of
from shared.domain.listing import Listing
from shared.domain.render import Render
from shared.gcp.accounts import Accounts
from shared.gcp.documents import changes, due, existing, fields, found, plain, read
from shared.gcp.encoding import Creation
from shared.gcp.endings import tell
from shared.gcp.errors import CALL_ERRORS, of_create, of_write
from shared.gcp.job_queries import asked, children, counted, newest, oldest
from shared.gcp.ledger import COLLECTION as LEDGER
from shared.gcp.limits import WRITE
from shared.ports import Position, RenderChange, Stored, StoredRender

COLLECTION = "jobs"
RENDERS = "renders"
ENCODED_TOGETHER = 20  # jobs


class FirestoreJobStore:
    """Jobs as documents; a field at its default is not stored."""

    def __init__(self, firestore: AsyncClient) -> None:
        self._firestore = firestore
        self._jobs = firestore.collection(COLLECTION)
        self._accounts = Accounts(firestore)

    async def create(self, job: Job, charge: Charge | None = None) -> Stored:
        """See JobStore.create."""
        if charge:
            document = self._document(job.id)

            def add(batch: Any) -> None:
                batch.create(document, fields(job))

            return Stored(job, await self._accounts.commit(charge, document, None, add))
        batch = Creation(self._firestore)
        batch.add(self._document(job.id), fields(job))
        try:
            results = await batch.commit(**WRITE)
        except CALL_ERRORS as exc:
            raise of_create(exc) from exc
        return Stored(job, results[0].update_time)

    async def create_all(self, jobs: Sequence[Job]) -> None:
        """See JobStore.create_all."""
        batch = self._firestore.batch()
        for number, job in enumerate(jobs, 1):
            batch.create(self._document(job.id), fields(job))
            if number % ENCODED_TOGETHER == 0:  # at a third of a millisecond each, others want their turn
                await asyncio.sleep(0)
        try:
            await batch.commit(**WRITE)
        except CALL_ERRORS as exc:
            raise of_create(exc) from exc

    async def known(self, ids: Sequence[str]) -> frozenset[str]:
        """See JobStore.known: one call, which gives no content."""
        return await existing(self._firestore, [self._document(each) for each in ids])

    async def discard(self, jobs: Sequence[Stored]) -> None:
        """See JobStore.discard."""
        batch = self._firestore.batch()
        for stored in jobs:
            batch.delete(self._document(stored.job.id), option=self._version(stored.version))
        try:
            await batch.commit(**WRITE)
        except CALL_ERRORS as exc:
            raise of_write(exc) from exc

    async def get(self, job_id: str) -> Stored | None:
        """See JobStore.get."""
        snapshot = await read(self._document(job_id))
        return _stored(snapshot) if snapshot else None

    async def write(
        self, before: Stored, job: Job, render: RenderChange | None = None, charge: Charge | None = None
    ) -> Stored:
        """See JobStore.write: one update of the fields that differ, under the version that was read.

        What the change books in the ledger is in the same commit.
        """
        entry = entry_of(before.job, job)

        def add(batch: Any) -> None:
            batch.update(self._document(job.id), changes(before.job, job), option=self._version(before.version))
            if entry:
                batch.create(self._firestore.collection(LEDGER).document(entry.id), fields(entry))
            if render:
                self._add(batch, render)

        version = await self._written(before, job, add, charge)
        if entry:
            tell(entry, job)
        return Stored(job, version)

    async def _written(self, before: Stored, job: Job, add: Callable[[Any], None], charge: Charge | None) -> Any:
        """The job's new version."""
        if charge:
            return await self._accounts.commit(charge, self._document(job.id), before.version, add)
        batch = self._firestore.batch()
        add(batch)
        try:
            results = await batch.commit(**WRITE)
        except CALL_ERRORS as exc:
            raise of_write(exc) from exc
        return results[0].update_time

    async def get_render(self, render_id: str) -> StoredRender | None:
        """See JobStore.get_render."""
        snapshot = await read(self._render(render_id))
        return StoredRender(msgspec.convert(snapshot.to_dict(), Render), snapshot.update_time) if snapshot else None

    async def followers(self, job_id: str, limit: int) -> Sequence[Stored]:
        """See JobStore.followers."""
        waiting = self._jobs.where(filter=FieldFilter("waiting_for", "==", job_id))
        return await _jobs(waiting.limit(limit))

    async def gave_up(self, tenant: str, limit: int, after: Position | None = None) -> Sequence[Stored]:
        """See JobStore.gave_up."""
        jobs = self._jobs.where(filter=FieldFilter("tenant", "==", tenant))
        dead = jobs.where(filter=FieldFilter(field_path="gave_up", op_string="==", value=True))
        return await _jobs(newest(dead, "completed_at", after).limit(limit))

    async def page(self, tenant: str, listing: Listing, limit: int, after: Position | None = None) -> Sequence[Stored]:
        """See JobStore.page."""
        listed = self._jobs.where(filter=FieldFilter("listed_for", "==", tenant))
        return await _jobs(newest(asked(listed, listing), "created_at", after).limit(limit))

    async def changed(
        self, tenant: str, since: datetime, limit: int, after: Position | None = None
    ) -> Sequence[Stored]:
        """See JobStore.changed."""
        jobs = self._jobs.where(filter=FieldFilter("tenant", "==", tenant))
        changed = jobs.where(filter=FieldFilter("updated_at", ">", since))
        return await _jobs(oldest(changed, "updated_at", after).limit(limit))

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
        return await _jobs(waiting.limit(limit))

    async def queued(
        self, field: ControlledBy, value: str, limit: int, after: Position | None = None
    ) -> Sequence[Stored]:
        """See JobStore.queued."""
        queued = self._jobs.where(filter=FieldFilter("status", "==", "queued"))
        waiting = queued.where(filter=FieldFilter(field, "==", value))
        return await _jobs(oldest(waiting, "queued_at", after).limit(limit))

    async def due(self, now: datetime, limit: int) -> Sequence[Stored]:
        """See JobStore.due."""
        woken = self._jobs.where(filter=FieldFilter("wake_at", "<=", now))
        return await due(woken.order_by("wake_at"), limit, _stored)

    def _add(self, batch: Any, change: RenderChange) -> None:
        document = self._render(change.id)
        if change.before is None:
            batch.create(document, msgspec.to_builtins(change.after))
        elif change.after is None:
            batch.delete(document, option=self._version(change.before.version))
        else:
            # Every field is named: an update keeps what it does not name.
            named = {name: msgspec.to_builtins(getattr(change.after, name)) for name in Render.__struct_fields__}
            batch.update(document, named, option=self._version(change.before.version))

    def _version(self, version: object) -> Any:
        return self._firestore.write_option(last_update_time=version)

    def _render(self, render_id: str) -> Any:
        return self._firestore.collection(RENDERS).document(render_id)

    def _document(self, job_id: str) -> Any:
        return self._jobs.document(job_id)


def _stored(snapshot: Any) -> Stored:
    return Stored(msgspec.convert(plain(snapshot.to_dict()), Job), snapshot.update_time)


async def _jobs(query: Any) -> list[Stored]:
    return [_stored(snapshot) for snapshot in await found(query)]
