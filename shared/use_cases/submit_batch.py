"""A batch becomes recorded, announced jobs: nothing of it before all of it is valid, or the caller takes a part."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from shared.domain.accounts import Charge, Reservation, summed
from shared.domain.batch import MAX_DETAIL, MAX_POINTER, Batch
from shared.domain.caller import Caller
from shared.domain.errors import Rejected, Unavailable
from shared.domain.job import Job
from shared.domain.money import total
from shared.domain.parent import RECORD_WITHIN, ItemError, Parent
from shared.domain.request import JobRequest
from shared.domain.tenant import Tenant
from shared.idempotency import fresh_token, job_id
from shared.ports import Clock, JobStore, ParentStore, Stored, StoredParent, Tenants
from shared.telemetry import event
from shared.use_cases.draft import drafted, wrong_by_now
from shared.use_cases.plan import Defaults, Plan, planned, unsigned
from shared.use_cases.rates import Rates
from shared.use_cases.record_children import RecordChildren, as_child, repeated
from shared.use_cases.reserve import check_images, with_reservations

READS_AT_ONCE = 16


class Valid(NamedTuple):
    """An item that can be taken."""

    request: JobRequest
    plan: Plan


class SubmitBatch:
    """POST /v1/batches."""

    def __init__(
        self,
        jobs: JobStore,
        batches: ParentStore,
        tenants: Tenants,
        clock: Clock,
        *,
        record: RecordChildren,
        defaults: Defaults,
        rates: Rates | None = None,
    ) -> None:
        self._jobs = jobs
        self._batches = batches
        self._tenants = tenants
        self._clock = clock
        self._record = record
        self._defaults = defaults
        self._rates = rates or Rates(clock)

    async def __call__(self, batch: Batch, caller: Caller) -> tuple[Parent, bool]:
        """Record and announce; gives the batch, and True where the key had named it before.

        Raises:
            Rejected: 400 with a pointer to each item at fault, 402, 422 or 429; nothing was written.
            Unavailable: 503; nothing of it runs; repeat with the same key.
        """
        now = self._clock.now()
        batch_id = job_id(caller.tenant, "batch", caller.idempotency_key)
        tenant = await self._tenants.get(caller.tenant)
        projects = (item.asked.project_id for item in batch.items if isinstance(item.asked, JobRequest))
        for project_id in dict.fromkeys(projects):
            self._rates.project(tenant, project_id)
        checked = await self._checked(batch, tenant, now)
        refused = [each for each in checked.values() if isinstance(each, Rejected)]
        if refused and caller.idempotency_key is not None and (found := await self._batches.get(batch_id)):
            return await self._again(repeated(found, batch.fingerprint), batch, caller, tenant), True
        if batch.webhook and not self._defaults.of(tenant).webhooks:
            raise unsigned()
        if refused and (not batch.partial or len(refused) == len(checked)):
            raise _refusal(checked)
        parent, charge, children = self._drafted(batch, batch_id, caller, tenant, checked=checked, now=now)
        stored, created = await self._record.begin(parent, charge)
        if created:
            parent = (await self._record.finish(stored, children)).parent
        else:
            parent = await self._again(stored, batch, caller, tenant)
        event("batch recorded" if created else "batch replayed", parent_id=batch_id, jobs=parent.children)
        return parent, not created

    async def _again(self, stored: StoredParent, batch: Batch, caller: Caller, tenant: Tenant) -> Parent:
        """The batch that a repeat meets; one that is still being recorded is gone on with, as it was begun."""
        parent = stored.parent
        if parent.was_answered:
            return parent
        stored = await self._record.go_on(stored)
        refused = {error.index for error in parent.refused}
        checked = self._planned(batch, tenant, parent.created_at)
        try:
            valid = {index: _valid(each) for index, each in checked.items() if index not in refused}
        except Rejected as exc:
            raise _changed(parent) from exc
        children, _ = self._children(parent, valid, caller, tenant)
        if _reserved(children) != parent.reservations:
            raise _changed(parent)
        return (await self._record.finish(stored, children)).parent

    async def _checked(self, batch: Batch, tenant: Tenant, now: datetime) -> dict[int, Valid | Rejected]:
        checked = self._planned(batch, tenant, now)
        reader = _Reader(self._jobs)

        async def by_now(index: int, item: Valid) -> None:
            if errors := await wrong_by_now(reader, item.request, tenant.id, now):
                where = "; ".join(f"{pointer}: {text}" for pointer, text in errors)
                checked[index] = Rejected(400, "invalid_request", f"{where}.", errors=tuple(errors))

        valid = [(index, each) for index, each in checked.items() if isinstance(each, Valid)]
        await asyncio.gather(*(by_now(index, each) for index, each in valid))
        return checked

    def _planned(self, batch: Batch, tenant: Tenant, now: datetime) -> dict[int, Valid | Rejected]:
        defaults = self._defaults.of(tenant)
        return {index: _plan(item.asked, defaults, tenant, now) for index, item in enumerate(batch.items)}

    def _drafted(
        self,
        batch: Batch,
        batch_id: str,
        caller: Caller,
        tenant: Tenant,
        *,
        checked: dict[int, Valid | Rejected],
        now: datetime,
    ) -> tuple[Parent, Charge | None, Sequence[Job]]:
        valid = {index: each for index, each in checked.items() if isinstance(each, Valid)}
        parent = Parent(
            id=batch_id,
            kind="batch",
            tenant=caller.tenant,
            nonce=fresh_token(),
            fingerprint=batch.fingerprint,
            idempotency_key=caller.idempotency_key,
            workflow_id=caller.workflow_id,
            user_id=caller.user_id,
            labels=batch.labels,
            webhook=batch.webhook,
            children=len(valid),
            refused=tuple(_kept(errors[0]) for errors in _errors(checked).values()),
            status="recording",
            wake_at=now + RECORD_WITHIN,
            write_id=fresh_token(),
            estimated_micros=total(each.plan.estimated_micros for each in valid.values()),
            created_at=now,
            updated_at=now,
            retention_seconds=self._defaults.of(tenant).retention_seconds,
            trace=caller.traceparent,
        )
        children, charge = self._children(parent, valid, caller, tenant)
        return msgspec.structs.replace(parent, reservations=_reserved(children)), charge, children

    def _children(
        self, parent: Parent, valid: dict[int, Valid], caller: Caller, tenant: Tenant
    ) -> tuple[Sequence[Job], Charge | None]:
        """The same jobs whenever they are asked for, as far as it matters: their ids, and what they reserve."""
        asked_for = msgspec.structs.replace(caller, idempotency_key=None)  # the key is the batch's
        kept, at = self._defaults.of(tenant).retention_seconds, parent.created_at
        children = [
            as_child(drafted("", each.request, each.plan, asked_for, at, retention_seconds=kept), parent, index)
            for index, each in valid.items()
        ]
        return with_reservations(children, tenant, at)


class _Reader:
    """Jobs that items start from: each is read once, and not too many at the same time."""

    def __init__(self, jobs: JobStore) -> None:
        self._jobs = jobs
        self._turns = asyncio.Semaphore(READS_AT_ONCE)
        self._read: dict[str, asyncio.Future[Stored | None]] = {}

    async def get(self, job_id: str) -> Stored | None:
        """See JobStore.get."""
        if job_id not in self._read:
            self._read[job_id] = asyncio.ensure_future(self._get(job_id))
        return await self._read[job_id]

    async def _get(self, job_id: str) -> Stored | None:
        async with self._turns:
            return await self._jobs.get(job_id)


def _plan(asked: JobRequest | Rejected, defaults: Defaults, tenant: Tenant, now: datetime) -> Valid | Rejected:
    if isinstance(asked, Rejected):
        return asked
    try:
        check_images(asked, tenant)
        return Valid(asked, planned(asked, defaults, now))
    except Unavailable:
        raise
    except Rejected as refusal:
        return refusal


def _valid(each: Valid | Rejected) -> Valid:
    if isinstance(each, Rejected):
        raise each
    return each


def _reserved(children: Iterable[Job]) -> tuple[Reservation, ...]:
    return summed(child.reservation for child in children if child.reservation)


def _errors(checked: dict[int, Valid | Rejected]) -> dict[int, list[ItemError]]:
    """By item, what is wrong with those that cannot be taken, with pointers into the whole body."""
    return {
        index: [
            ItemError(index=index, code=each.code, pointer=f"/items/{index}{pointer}", detail=detail)
            for pointer, detail in each.errors or (("", each.detail),)
        ]
        for index, each in checked.items()
        if isinstance(each, Rejected)
    }


def _kept(error: ItemError) -> ItemError:
    """As much of it as a document has room for, whatever the names in it are."""
    pointer, detail = _cut(error.pointer, MAX_POINTER), _cut(error.detail, MAX_DETAIL)
    return msgspec.structs.replace(error, pointer=pointer, detail=detail)


def _cut(text: str, size: int) -> str:
    return text.encode(errors="replace")[:size].decode(errors="ignore")


def _refusal(checked: dict[int, Valid | Rejected]) -> Rejected:
    by_item = _errors(checked)
    errors = [error for errors in by_item.values() for error in errors]
    wrong, first = len(by_item), errors[0]
    text = (
        f"{wrong} of {len(checked)} items cannot be taken, and nothing was started. The first is {first.pointer}: "
        f"{first.detail}. Mend or leave them out; with `partial: true` the others run."
    )
    return Rejected(400, "invalid_request", text, errors=tuple((error.pointer, error.detail) for error in errors))


def _changed(parent: Parent) -> Unavailable:
    text = (
        f"Recording the {parent.kind} was interrupted, and cannot be gone on with, for what is offered or allowed has "
        "changed since. Nothing of it runs: repeat with the same key in some minutes."
    )
    return Unavailable("store_unavailable", text, retry_after=round(RECORD_WITHIN.total_seconds()))
