"""What a caller may see of a storyboard: its scenes, what became of each, and what all of it has cost."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from shared.domain.errors import Rejected
from shared.domain.job import Job, Status
from shared.domain.listing import Listing
from shared.domain.parent import UNFINISHED, Parent, end_of
from shared.domain.storyboard import MAX_SCENES, VERSIONS
from shared.ports import JobStore, Ledger, ParentStore, Position
from shared.ports.ledger import Sum
from shared.use_cases.list_jobs import ListJobs
from shared.use_cases.sources import own_job

BoardStatus = Literal["queued", "running", "completed", "completed_with_failures", "failed", "canceled"]
PAGE = 2 * MAX_SCENES  # a scene that was just made again has two pictures for a moment
READS_AT_ONCE = 16
PLACES = 1000  # more than any picture changes


class BoardState(NamedTuple):
    """A storyboard's job, and its pictures."""

    job: Job
    parent: Parent | None = None  # None: no pictures are recorded
    pictures: Mapping[int, Job] = MappingProxyType({})  # by the index of their scene
    spent: Sum = Sum(0, 0)  # by the pictures that have ended, also by those that others have taken the place of

    @property
    def counts(self) -> Counter[Status]:
        """How many of its pictures are in each status."""
        return Counter(picture.status for picture in self.pictures.values())

    @property
    def status(self) -> BoardStatus:
        """That of its job until that is completed; then of its pictures together."""
        if self.job.status in {"queued", "failed", "canceled"}:
            return self.job.status
        if self.job.status != "completed":
            return "running"
        if not _renders(self.job):
            return "completed"
        if self.parent and self.parent.is_over and not self.pictures:  # they were deleted, and come no more
            return self.parent.status  # type: ignore[return-value]
        if self.parent is None or not self.pictures or any(self.counts[status] for status in UNFINISHED):
            return "running"
        return end_of(self.counts, cancel_requested=self.parent.cancel_requested)

    @property
    def sequence(self) -> int:
        """It rises whenever the job or a picture changes; the parent's, too, whenever a picture takes another's place.

        That the parent ends with the last of its pictures is no change of its own.
        """
        pictures = sum(picture.status_sequence for picture in self.pictures.values())
        if self.parent is None:
            return self.job.status_sequence
        places = self.parent.status_sequence - (self.parent.is_over and bool(self.pictures))
        return self.job.status_sequence + pictures + PLACES * places

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of itself."""
        return self.status not in {"queued", "running"}


class ReadStoryboard:
    """GET of storyboards."""

    def __init__(self, jobs: JobStore, parents: ParentStore, ledger: Ledger) -> None:
        self._jobs = jobs
        self._parents = parents
        self._ledger = ledger
        self._list = ListJobs(jobs)

    async def __call__(self, tenant: str, board_id: str) -> BoardState:
        """The storyboard by its id.

        Raises:
            Rejected: 404, also for another tenant's.
            Unavailable: the database does not answer.
        """
        return await self.state(await own_board(self._jobs, tenant, board_id))

    async def state(self, job: Job) -> BoardState:
        """How it stands.

        Raises:
            Unavailable: the database does not answer.
        """
        if not job.scenes or not _renders(job):
            return BoardState(job)
        found = await self._jobs.page(job.tenant, Listing(where={"parent_id": job.id}), PAGE)
        return await self.spent(BoardState(job, pictures=newest([stored.job for stored in found])))

    async def spent(self, state: BoardState) -> BoardState:
        """The same pictures, with their parent as it is now, and with what they have spent.

        It is read after them: what is shown as ended is in the sum.

        Raises:
            Unavailable: the database does not answer.
        """
        job = state.job
        parent, spent = await asyncio.gather(self._parents.get(job.id), self._ledger.of_parent(job.tenant, job.id))
        return BoardState(job, parent.parent, state.pictures, spent) if parent else BoardState(job)

    async def page(
        self, tenant: str, where: dict[str, str], size: int, after: Position | None
    ) -> tuple[list[BoardState], Position | None]:
        """Storyboards, the newest first, with their parents alone; `where` may name one whose versions are asked for.

        Raises:
            Rejected: 400, the filters do not go together; 404, there is no such storyboard.
            Unavailable: the database does not answer.
        """
        if "version_of" in where:
            job = await own_board(self._jobs, tenant, where["version_of"])
            first = job.board.first_version if job.board else job.id
            rest = {name: value for name, value in where.items() if name != "version_of"}
            listing = Listing(where={**rest, "label": f"{VERSIONS}{first}"})
        else:
            listing = Listing(where={**where, "job_type": "storyboard"})
        jobs, end = await self._list(tenant, listing, size, after)
        turns = asyncio.Semaphore(READS_AT_ONCE)

        async def one(job: Job) -> BoardState:
            async with turns:
                stored = await self._parents.get(job.id) if job.scenes and _renders(job) else None
            return BoardState(job, stored.parent if stored else None)

        return list(await asyncio.gather(*(one(job) for job in jobs))), end


def newest(jobs: list[Job]) -> dict[int, Job]:
    """The newest picture of each scene."""
    found = {job.parent_index or 0: job for job in sorted(jobs, key=lambda job: job.created_at)}
    return dict(sorted(found.items()))


async def own_board(jobs: JobStore, tenant: str, board_id: str) -> Job:
    """The job of the storyboard of that id, where it is this tenant's.

    Raises:
        Rejected: 404, also for another tenant's.
        Unavailable: the database does not answer.
    """
    job = await own_job(jobs, board_id, tenant)
    if job is None or job.board is None:
        raise Rejected(404, "storyboard_not_found", f"There is no storyboard {board_id}.")
    return job


def _renders(job: Job) -> bool:
    return job.board is not None and job.board.request.render is not None
