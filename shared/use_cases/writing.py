"""The writes of an attempt: each tells of its change, and takes out of the job what is told already."""

from collections.abc import Callable
from datetime import datetime

from shared.domain.errors import RenderTaken, Unavailable
from shared.domain.job import Artifact, Job
from shared.domain.outbox import without
from shared.domain.render import Render, render_id
from shared.idempotency import Hold
from shared.ports import JobQueue, JobStore, RenderChange, StoredRender
from shared.use_cases.outbox import publish
from shared.use_cases.single_flight import published

Change = Callable[[Job, datetime], Job]


class Writing:
    """Writes one held job, and the record of its pixels while the job leads."""

    def __init__(self, hold: Hold, jobs: JobStore, queue: JobQueue) -> None:
        self._hold = hold
        self._jobs = jobs
        self._queue = queue
        self._published: frozenset[str] = frozenset()  # events that the next write takes out
        self._record: StoredRender | None = None
        self._followed = bool(hold.job.spend)  # it led before, under a record that may be another's since

    async def __call__(self, change: Change, render: RenderChange | None = None) -> None:
        """Write, without the events that are out; then publish what the write tells.

        Raises:
            RenderTaken, Canceled, LeaseLost, Unavailable: as Hold.write.
        """
        out = self._published
        await self._hold.write(lambda job, now: without(change(job, now), out), render)
        await self.publish()

    async def publish(self) -> None:
        """Publish what is open; what ends a job is told when it is closed."""
        job = self._hold.job
        if job.outbox and not job.is_over:
            self._published |= await publish(self._queue, job)

    def leads(self, after: Render) -> None:
        """The record of the pixels names this job since its last write."""
        self._record = StoredRender(after, self._hold.stored.version)

    async def let_go(self, change: Change, artifacts: tuple[Artifact, ...]) -> None:
        """Write, and leave the record of the pixels with their images, or to others where there are none.

        Raises:
            Canceled, LeaseLost, Unavailable: as Hold.write.
        """
        try:
            followed = await self._with_record(change, artifacts)
        except RenderTaken:  # another job leads by now: the record is its own
            await self(change)
            followed = True
        self._record = None
        self._followed = self._followed or followed
        self._hold.followed = self._followed

    async def _with_record(self, change: Change, artifacts: tuple[Artifact, ...]) -> bool:
        """Write both; whether somebody may wait for the job.

        Raises:
            RenderTaken: the record is another's; nothing is written.
        """
        if self._record is None:
            await self(change)
            return True
        try:
            await self(change, published(self._hold.job, self._record, artifacts))
        except RenderTaken:
            self._record = await self._read_again()  # a follower has noted that there is one
            await self(change, published(self._hold.job, self._record, artifacts))
        return self._record.render.followed

    async def _read_again(self) -> StoredRender:
        try:
            found = await self._jobs.get_render(render_id(self._hold.job))
        except Unavailable as exc:
            raise RenderTaken("the record cannot be read") from exc
        if found is None or found.render.leader != self._hold.job.id:
            raise RenderTaken("the record is another's")
        return found
