"""A parent and its children are recorded, all or none; what died half-way is gone on with, or taken back.

parent `recording` ──> children, many in a commit ──> parent `queued` ──> children announced
└ until then nobody is answered, no child is begun, and `sweep` may take all of it back
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta

import msgspec

from shared.domain.accounts import Charge
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown, Rejected, Unavailable
from shared.domain.job import Job
from shared.domain.parent import CHILD_WAKES_AFTER, RECORD_WITHIN, Parent, queued
from shared.idempotency import MAX_CONTENTION, fresh_token, job_id
from shared.ports import Clock, JobQueue, JobStore, ParentStore, StoredParent
from shared.telemetry import event

TOGETHER = 100  # children in one commit; Firestore takes 500, but larger ones keep others waiting for longer
MAX_BYTES = 4 * 1024 * 1024  # of one commit, as JSON; Firestore takes 10 MiB
AT_ONCE = 4  # commits
TRIES = 3  # of each commit


def child_id(parent: Parent, index: int) -> str:
    """The id of the child of that index: known to whoever knows the parent's nonce, and free for nobody else."""
    return id_under(parent.nonce, parent.tenant, parent.id, index)


def id_under(nonce: str, tenant: str, parent_id: str, index: int) -> str:
    """The same, of a parent of which no more is known."""
    return job_id(tenant, "child", f"{parent_id}/{nonce}/{index}")


def as_child(job: Job, parent: Parent, index: int) -> Job:
    """The job as the child of that index."""
    wake_at = parent.created_at + CHILD_WAKES_AFTER
    return msgspec.structs.replace(
        job,
        id=child_id(parent, index),
        parent_id=parent.id,
        parent_index=index,
        created_at=parent.created_at - timedelta(microseconds=index),  # listings, newest first, have them in order
        wake_at=min(job.not_before or wake_at, job.deadline or wake_at),
    )


class RecordChildren:
    """Records; for batches and for storyboards."""

    def __init__(
        self, jobs: JobStore, parents: ParentStore, queue: JobQueue, clock: Clock, *, together: int = TOGETHER
    ) -> None:
        """At most `together` children are recorded in one commit."""
        self._together = together
        self._jobs = jobs
        self._parents = parents
        self._queue = queue
        self._clock = clock

    async def begin(self, parent: Parent, charge: Charge | None) -> tuple[StoredParent, bool]:
        """Store the parent under its id, or find the one that its key already named; True where it is new.

        Raises:
            Rejected: 422, the key was used for another request; or as a rule of the charge.
            Unavailable: the database does not answer, or what there was is being removed.
        """
        try:
            return await self._parents.create(parent, charge), True
        except (AlreadyExists, OutcomeUnknown) as refusal:
            found = await self._parents.get(parent.id)
            if found is None:
                raise _not_recorded(parent) from refusal
        if found.parent.nonce == parent.nonce:  # our own first write, whose answer the client library did not get
            return found, True
        return repeated(found, parent.fingerprint), False

    async def finish(self, stored: StoredParent, children: Sequence[Job]) -> StoredParent:
        """Record the children of a parent that is `recording`, queue it, and announce them.

        Safe to repeat, and to do twice at once: what is there already is left as it is.

        Raises:
            Unavailable: repeat with the same key, within RECORD_WITHIN.
        """
        await self.record(stored, children)
        return await self.release(stored, children)

    async def record(self, stored: StoredParent, children: Sequence[Job]) -> None:
        """Record the children of a parent that is `recording`; none of them begins before it is queued.

        Raises:
            Unavailable: as finish.
        """
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(page: Sequence[Job]) -> None:
            async with turns:
                await self._record(stored.parent, page)

        await asyncio.gather(*(one(page) for page in _pages(children, self._together)))

    async def release(self, stored: StoredParent, children: Sequence[Job]) -> StoredParent:
        """Queue a parent all of whose children are recorded, and announce them.

        Raises:
            Unavailable: as finish.
        """
        stored, by_us = await self._queue_parent(stored)
        if by_us:
            await self._announce(stored.parent, children)
        return stored

    async def go_on(self, stored: StoredParent) -> StoredParent:
        """Have a parent that somebody else began to record not abandoned meanwhile; it may be queued by now.

        Raises:
            Unavailable: it is being removed, or the database does not answer.
        """
        later = msgspec.structs.replace(
            stored.parent, wake_at=self._clock.now() + RECORD_WITHIN, write_id=fresh_token()
        )
        try:
            return await self._parents.write(stored, later)
        except (Conflict, OutcomeUnknown) as exc:  # another repeat did so, or whoever began has come to the end
            found = await self._parents.get(stored.parent.id)
            if found is None or found.parent.nonce != later.nonce or found.parent.status == "abandoned":
                raise _not_recorded(stored.parent) from exc
            return found

    async def _record(self, parent: Parent, page: Sequence[Job]) -> None:
        left = page
        for _ in range(TRIES):
            try:
                await self._jobs.create_all(left)
            except (AlreadyExists, OutcomeUnknown):  # an earlier try's, or another recorder's: their ids are its own
                known = await self._jobs.known([child.id for child in left])
                left = [child for child in left if child.id not in known]
                if left:
                    continue
            return
        raise _not_recorded(parent)

    async def _queue_parent(self, stored: StoredParent) -> tuple[StoredParent, bool]:
        """The parent, queued; and whether it was queued here."""
        found: StoredParent | None = stored
        tried: set[str] = set()
        for _ in range(MAX_CONTENTION):
            if found is None or found.parent.status == "abandoned" or found.parent.nonce != stored.parent.nonce:
                break
            if found.parent.was_answered:
                return found, found.parent.write_id in tried
            wanted = msgspec.structs.replace(queued(found.parent, self._clock.now()), write_id=fresh_token())
            tried.add(wanted.write_id)
            try:
                return await self._parents.write(found, wanted), True
            except (Conflict, OutcomeUnknown):
                found = await self._parents.get(stored.parent.id)
        raise _not_recorded(stored.parent)

    async def _announce(self, parent: Parent, children: Sequence[Job]) -> None:
        now = self._clock.now()
        try:
            await self._queue.announce_all([child for child in children if child.due(now)])
        except Unavailable as exc:
            event("children not announced; sweep will", level=logging.WARNING, error=exc, parent_id=parent.id)


def repeated(found: StoredParent, fingerprint: str) -> StoredParent:
    """The parent that a key has named before, where the request is that very one.

    Raises:
        Rejected: 422, it is another.
        Unavailable: 503, what there was of it is being removed.
    """
    parent = found.parent
    if parent.fingerprint != fingerprint:
        raise Rejected(
            422,
            "idempotency_key_reused",
            f"This Idempotency-Key already names {parent.kind} {parent.id}, made from another request. Use a new key "
            "for a new request, or repeat the first one exactly.",
        )
    if parent.status == "abandoned":
        raise _not_recorded(parent)
    return found


def _not_recorded(parent: Parent) -> Unavailable:
    text = f"The {parent.kind} could not be recorded, and nothing of it runs: please repeat with the same key."
    return Unavailable("store_unavailable", text, retry_after=5)


def _pages(children: Sequence[Job], together: int) -> Iterator[list[Job]]:
    page: list[Job] = []
    size = 0
    for child in children:
        own = len(msgspec.json.encode(child))
        if page and (len(page) == together or size + own > MAX_BYTES):
            yield page
            page, size = [], 0
        page.append(child)
        size += own
    if page:
        yield page
