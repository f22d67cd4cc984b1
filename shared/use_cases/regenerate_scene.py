"""A scene's picture is made again: a job of its own, which takes the place of the one before.

new picture recorded, a child ──> parent runs again ──> announced ──> the one before is no child any more
"""

import logging
from datetime import datetime
from hashlib import sha256

import msgspec

from shared.domain.caller import Caller
from shared.domain.errors import Conflict, OutcomeUnknown, Rejected
from shared.domain.job import ANNOUNCE_AGAIN, Job
from shared.domain.parent import Parent, changed
from shared.domain.storyboard import SceneChange
from shared.idempotency import create_once, fresh_token, job_id, repeated
from shared.ports import Clock, JobQueue, JobStore, ParentStore, Stored, Tenants
from shared.telemetry import event
from shared.use_cases.announcing import announced
from shared.use_cases.draft import drafted
from shared.use_cases.plan import Defaults, planned
from shared.use_cases.read_storyboard import ReadStoryboard
from shared.use_cases.reserve import with_reservation
from shared.use_cases.scenes import picture_of

TRIES = 3


class RegenerateScene:
    """POST /v1/storyboards/{id}/scenes/{index}/regenerate."""

    def __init__(
        self,
        jobs: JobStore,
        parents: ParentStore,
        queue: JobQueue,
        tenants: Tenants,
        clock: Clock,
        *,
        read: ReadStoryboard,
        defaults: Defaults,
    ) -> None:
        self._jobs = jobs
        self._parents = parents
        self._queue = queue
        self._tenants = tenants
        self._clock = clock
        self._read = read
        self._defaults = defaults

    async def __call__(self, caller: Caller, board_id: str, index: int, change: SceneChange) -> tuple[Job, bool]:
        """The scene's new picture, and True where the key had asked for it before.

        Raises:
            Rejected: 400, it cannot be made so; 404, there is no such scene; 409, it has no picture that has ended;
                402, 422, 429 as of any job.
            Unavailable: 503; repeat with the same key.
        """
        key = None if caller.idempotency_key is None else f"{board_id}/{index}/{caller.idempotency_key}"
        new_id, now = job_id(caller.tenant, "scene", key), self._clock.now()
        asked = sha256(msgspec.json.encode([board_id, index, change], order="deterministic")).hexdigest()
        state = await self._read(caller.tenant, board_id)
        found = await self._jobs.get(new_id) if key is not None else None
        if found is not None:  # whichever picture the scene has by now: nothing takes its place
            return await announced(self._queue, repeated(found, asked).job, now), True
        before = state.pictures.get(index)
        if index >= len(state.job.scenes):
            text = f"Storyboard {board_id} has {len(state.job.scenes)} scenes, from 0; there is no scene {index}."
            raise Rejected(404, "scene_not_found", text)
        deleted = before is None and state.parent is not None and state.parent.was_answered
        if not (deleted or (before and before.is_over)):
            text = f"Scene {index} of storyboard {board_id} has no picture that has ended: wait for it, or cancel it."
            raise Rejected(409, "scene_unfinished", text)
        new = msgspec.structs.replace(
            await self._drafted(new_id, state.job, index, change, caller), fingerprint=asked
        )  # fmt: skip
        new, charge = with_reservation(new, await self._tenants.get(caller.tenant), now)
        stored, created = await create_once(self._jobs, new, charge)
        if created:
            await self._reopen(board_id)
        new = await announced(self._queue, stored.job, now)
        if created and before:  # else whoever made it lets go of the one before
            await self._let_go(before.id)
        return new, not created

    async def _reopen(self, board_id: str) -> None:
        """The storyboard has another version, and is not to be forgotten while it runs."""
        for _ in range(TRIES):
            stored = await self._parents.get(board_id)
            if stored is None:
                return
            try:
                await self._parents.write(stored, _running(stored.parent, self._clock.now()))
            except (Conflict, OutcomeUnknown):
                continue
            return
        event("a storyboard runs again, and does not say so", level=logging.WARNING, parent_id=board_id)

    async def _drafted(self, new_id: str, board: Job, index: int, change: SceneChange, caller: Caller) -> Job:
        request = board.board.request if board.board else None
        if request is None or request.render is None:
            raise AssertionError(f"storyboard {board.id} has pictures, and says of none how to make them")
        now, defaults = self._clock.now(), self._defaults.of(await self._tenants.get(caller.tenant))
        changes = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not None}
        scene = msgspec.structs.replace(board.scenes[index], **changes)
        wanted = picture_of(request, request.render, scene, index, defaults)
        wanted = msgspec.structs.replace(wanted, cache="off")
        own = msgspec.structs.replace(caller, workflow_id=caller.workflow_id or board.workflow_id)
        plan = planned(wanted, defaults, now)
        job = drafted(new_id, wanted, plan, own, now, retention_seconds=defaults.retention_seconds)
        return msgspec.structs.replace(job, parent_id=board.id, parent_index=index)

    async def _let_go(self, job_id: str) -> None:
        """The picture before is the storyboard's no longer; where that fails, the newer one is shown all the same."""
        for _ in range(TRIES):
            stored = await self._jobs.get(job_id)
            if stored is None or stored.job.parent_id is None or not stored.job.is_over:
                return
            try:
                await self._jobs.write(stored, _on_its_own(stored, self._clock.now()))
            except (Conflict, OutcomeUnknown):
                continue
            return
        event("a scene's picture stays beside its newer one", level=logging.WARNING, job_id=job_id)


def _running(parent: Parent, now: datetime) -> Parent:
    if parent.is_over:
        again = {"completed_at": None, "purge_at": None, "wake_at": now + ANNOUNCE_AGAIN}
        return changed(parent, "running", now, **again, write_id=fresh_token())
    sequence = parent.status_sequence + 1
    return msgspec.structs.replace(parent, status_sequence=sequence, updated_at=now, write_id=fresh_token())


def _on_its_own(stored: Stored, now: datetime) -> Job:
    job = stored.job
    again = {"status_sequence": job.status_sequence + 1, "updated_at": now, "write_id": fresh_token()}
    return msgspec.structs.replace(job, parent_id=None, parent_index=None, **again)
