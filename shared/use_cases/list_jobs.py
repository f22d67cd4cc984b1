"""A page of a tenant's jobs, the newest first."""

from shared.domain.job import Job
from shared.domain.listing import Listing, check
from shared.ports import JobStore, Position

MAX_READ = 5  # pages read for one, where a search for several words passes jobs over


class ListJobs:
    """GET /v1/jobs."""

    def __init__(self, jobs: JobStore) -> None:
        self._jobs = jobs

    async def __call__(
        self, tenant: str, listing: Listing, size: int, after: Position | None
    ) -> tuple[list[Job], Position | None]:
        """Up to `size` jobs, and where the next page begins; None at the end.

        A search for several words may give fewer than `size`, and still have a next page.

        Raises:
            Rejected: 400, its filters do not go together.
            Unavailable: the database does not answer.
        """
        check(listing)
        page: list[Job] = []
        for _ in range(MAX_READ):
            found = [stored.job for stored in await self._jobs.page(tenant, listing, size + 1, after)]
            for job in found[:size]:
                after = Position(job.created_at, job.id)
                if listing.finds(job):
                    page.append(job)
                if len(page) == size:
                    break
            if len(found) <= size and (not found or after == Position(found[-1].created_at, found[-1].id)):
                return page, None
            if len(page) == size:
                break
        return page, after
