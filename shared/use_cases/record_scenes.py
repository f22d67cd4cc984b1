"""A storyboard's scenes become jobs, one a picture: its children, recorded all or none, under its job's own nonce.

scenes written ──> parent `recording` ──> pictures recorded ──> job completed ──> parent `queued`, pictures announced
                   └ whoever takes the job over finds what there is, and goes on with it
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from shared.domain.accounts import summed
from shared.domain.caller import Caller
from shared.domain.errors import AttemptError, Conflict, OutcomeUnknown, Rejected, Unavailable
from shared.domain.job import Job
from shared.domain.money import total
from shared.domain.parent import RECORD_WITHIN, Parent
from shared.domain.storyboard import Render, StoryboardRequest
from shared.idempotency import fresh_token
from shared.ports import Clock, JobQueue, JobStore, ParentStore, StoredParent, Stores, Tenants
from shared.use_cases.draft import drafted
from shared.use_cases.plan import Defaults, planned
from shared.use_cases.record_children import RecordChildren, as_child
from shared.use_cases.reserve import check_images, with_reservations
from shared.use_cases.scenes import picture_of

TOO_MANY = 429


class Recorded(NamedTuple):
    """Pictures that wait for their storyboard."""

    parent: StoredParent
    children: Sequence[Job]


class RecordScenes:
    """Of one deployment."""

    def __init__(
        self,
        jobs: JobStore,
        parents: ParentStore,
        queue: JobQueue,
        clock: Clock,
        *,
        tenants: Tenants,
        defaults: Defaults,
    ) -> None:
        self._record = RecordChildren(jobs, parents, queue, clock)
        self._parents = parents
        self._clock = clock
        self._tenants = tenants
        self._defaults = defaults

    async def __call__(self, job: Job) -> Recorded | None:
        """Record a storyboard's pictures, none of which begins yet; None where it wants none.

        Raises:
            AttemptError: they cannot be made, or not now.
            Unavailable: the database does not answer.
        """
        request = job.board.request if job.board else None
        if request is None or request.render is None:
            return None
        try:
            return await self._recorded(job, request, request.render)
        except Unavailable:
            raise
        except Rejected as refusal:
            raise _as_failure(refusal) from refusal
        except (Conflict, OutcomeUnknown) as exc:
            raise AttemptError("TEMPORARY", "contended", f"Another is at the storyboard's pictures: {exc}.") from exc

    async def release(self, recorded: Recorded) -> None:
        """Let them begin.

        Raises:
            Unavailable: the database does not answer; `sweep` does it.
        """
        await self._record.release(recorded.parent, recorded.children)

    async def _recorded(self, job: Job, request: StoryboardRequest, render: Render) -> Recorded:
        tenant = await self._tenants.get(job.tenant)
        now, defaults = self._clock.now(), self._defaults.of(tenant)
        caller = Caller(
            tenant=job.tenant, user_id=job.user_id, workflow_id=job.workflow_id, traceparent=job.trace
        )  # fmt: skip
        parent = Parent(
            id=job.id,
            kind="storyboard",
            tenant=job.tenant,
            nonce=job.nonce,
            fingerprint=job.fingerprint,
            workflow_id=job.workflow_id,
            user_id=job.user_id,
            labels=job.labels,
            children=len(job.scenes),
            status="recording",
            wake_at=now + RECORD_WITHIN,
            write_id=fresh_token(),
            estimated_micros=None,
            created_at=now,
            updated_at=now,
            retention_seconds=job.retention_seconds,
            trace=job.trace,
        )
        found = await self._parents.get(job.id)
        parent = msgspec.structs.replace(parent, created_at=found.parent.created_at) if found else parent
        pictures = []
        for index, scene in enumerate(job.scenes):
            picture = picture_of(request, render, scene, index, defaults)
            check_images(picture, tenant)
            plan = planned(picture, defaults, parent.created_at)
            kept = job.retention_seconds
            child = drafted("", picture, plan, caller, parent.created_at, retention_seconds=kept)
            pictures.append(as_child(child, parent, index))
        children, charge = with_reservations(pictures, tenant, parent.created_at)
        parent = msgspec.structs.replace(
            parent,
            estimated_micros=total(child.estimated_micros for child in children),
            reservations=summed(child.reservation for child in children if child.reservation),
        )
        stored, created = (found, False) if found else await self._record.begin(parent, charge)
        if not created and not stored.parent.was_answered:
            if stored.parent.status == "abandoned" or stored.parent.reservations != parent.reservations:
                text = "An earlier try to record the storyboard's pictures is being taken back."
                raise AttemptError("TEMPORARY", "contended", text, retry_after=RECORD_WITHIN.total_seconds())
            stored = await self._record.go_on(stored)
        if not stored.parent.was_answered:
            await self._record.record(stored, children)
        return Recorded(stored, children)


def record_scenes_of(
    stores: Stores, queue: JobQueue, clock: Clock, *, tenants: Tenants, defaults: Defaults
) -> RecordScenes:
    """What records scenes on these stores."""
    return RecordScenes(stores.jobs, stores.batches, queue, clock, tenants=tenants, defaults=defaults)


def _as_failure(refusal: Rejected) -> AttemptError:
    """Why pictures cannot be made, as the storyboard's failure; a user may retry it, and pays for no text again.

    A limit that frees itself is waited for, where it could ever be kept.
    """
    text = f"The scenes are there, but their pictures cannot be made: {refusal.detail}"
    limit = refusal.exceeded
    if refusal.status == TOO_MANY and not (limit and limit.asked > limit.most):
        return AttemptError("RATE_LIMIT", refusal.code, text, retry_after=refusal.retry_after or None, counts=False)
    return AttemptError("UNKNOWN", refusal.code, text)
