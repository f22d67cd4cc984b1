"""Where jobs and the records of their pixels are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from shared.domain.accounts import Charge
from shared.domain.control import ControlledBy
from shared.domain.job import Job, Status
from shared.domain.listing import Listing
from shared.domain.render import Render

MAX_TOGETHER = 500  # jobs in one commit


class Stored(msgspec.Struct, frozen=True):
    """A job as it was read or written, with the version that a next write must meet."""

    job: Job
    version: object  # the adapter's own; compare, never look inside


class StoredRender(msgspec.Struct, frozen=True):
    """The record of some pixels as it was read, with the version that a next write must meet."""

    render: Render
    version: object


class RenderChange(msgspec.Struct, frozen=True):
    """What becomes of the record `id`: `before`, which must still be the stored version (None: must not exist)."""

    id: str
    before: StoredRender | None
    after: Render | None  # None: removed


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of jobs, or of parents, ended: at this one, by the time that the listing is ordered by."""

    at: datetime
    job_id: str


class JobStore(Protocol):
    """`jobs/{id}` and `renders/{id}`: every write is conditional."""

    async def create(self, job: Job, charge: Charge | None = None) -> Stored:
        """Store a new job, and charge accounts for it: both or neither.

        Raises:
            AlreadyExists: a job of that id is there (it may be this very write, repeated).
            OutcomeUnknown: the answer was lost.
            Unavailable: nothing was written.
            Rejected: what a rule of the charge raised, where there is no such job; nothing was written.
        """
        ...

    async def create_all(self, jobs: Sequence[Job]) -> None:
        """Store new jobs, at most MAX_TOGETHER and as much as one commit takes: all or none.

        Raises:
            AlreadyExists: one of them is there (it may be this very write, repeated).
            OutcomeUnknown: the answer was lost.
            Unavailable: nothing was written.
        """
        ...

    async def known(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids, at most MAX_TOGETHER, that name a job.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def discard(self, jobs: Sequence[Stored]) -> None:
        """Remove jobs, at most MAX_TOGETHER, that were never announced, without a trace: all or none.

        Raises:
            Conflict: one of them has changed or is gone.
            OutcomeUnknown: the answer was lost.
        """
        ...

    async def get(self, job_id: str) -> Stored | None:
        """Read a job; None when there is none.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def write(
        self, before: Stored, job: Job, render: RenderChange | None = None, charge: Charge | None = None
    ) -> Stored:
        """Replace `before`, which must still be the stored version, by `job`; change `render` and accounts with it.

        All or nothing; the record's version is then the job's. What the change books (`domain/ledger.py`) is
        stored with it. A write that charges accounts changes no record.

        Raises:
            Conflict: it, or the record, has changed or is gone.
            OutcomeUnknown: the answer was lost.
            Unavailable: nothing was written.
            Rejected: what a rule of the charge raised; nothing was written.
        """
        ...

    async def get_render(self, render_id: str) -> StoredRender | None:
        """Read the record of some pixels; None when there is none.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def followers(self, job_id: str, limit: int) -> Sequence[Stored]:
        """Up to `limit` jobs that wait for `job_id` to make their pixels.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def gave_up(self, tenant: str, limit: int, after: Position | None = None) -> Sequence[Stored]:
        """Up to `limit` of the tenant's dead letters, the newest first; only those `after` a position.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def page(self, tenant: str, listing: Listing, limit: int, after: Position | None = None) -> Sequence[Stored]:
        """Up to `limit` of the tenant's jobs that the listing asks for, the newest first; only those `after` there.

        Of `q`, only the first word is looked for.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def changed(
        self, tenant: str, since: datetime, limit: int, after: Position | None = None
    ) -> Sequence[Stored]:
        """Up to `limit` of the tenant's jobs that changed after `since`, deleted ones too; only those `after` there.

        The longest unchanged come first, by `updated_at`.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def ahead(self, job: Job) -> int:
        """How many jobs of its lane were queued before this one, and still are.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def count(self, tenant: str, parent_id: str, statuses: Sequence[Status]) -> int:
        """How many of a parent's jobs have one of these statuses; deleted ones are not counted.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def queued_since(self, tenant: str, before: datetime, limit: int) -> Sequence[Stored]:
        """Up to `limit` of the tenant's jobs that are queued since earlier than `before`, the longest first.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def queued(
        self, field: ControlledBy, value: str, limit: int, after: Position | None = None
    ) -> Sequence[Stored]:
        """Up to `limit` queued jobs with this value in `field`, by `queued_at`; only those `after` there.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[Stored]:
        """Up to `limit` jobs with `wake_at <= now`, the longest due first.

        Raises:
            Unavailable: the database does not answer.
        """
        ...
