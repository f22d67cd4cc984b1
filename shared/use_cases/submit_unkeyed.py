"""A request without an idempotency key, of a client that repeats it by itself and says no more than: this is a repeat.

Each first request takes the next free place of its window, and a place is a job's id; so two equal ones are two jobs.

    ── window n - 1 ──────────┬── window n ──────────────────────────────────────────────────
       first: place 0         │  repeat: place 0 of n - 1, while that is young enough
                              │  first: place 0    first: place 1    repeat: place 1

Which of several equal first requests a repeat belongs to, it does not say. It gets a job that this instance has given
to nobody, or to the fewest; of several, the last. So those who repeat after an instance's end share its jobs out.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import msgspec

from shared.domain.caller import Caller
from shared.domain.dialect import Dialect
from shared.domain.errors import Rejected
from shared.domain.job import Job
from shared.domain.request import JobRequest, fingerprint
from shared.idempotency import job_id
from shared.ports import Clock, JobStore
from shared.use_cases.submit import Submit

PLACES = 16  # of a window; more equal requests are jobs all the same, which no repeat finds
MOST_GIVEN = 10_000  # jobs that an instance remembers to have given to somebody


class SubmitUnkeyed:
    """Submits under ids that a repeat finds again."""

    def __init__(self, jobs: JobStore, submit: Submit, clock: Clock, within: timedelta) -> None:
        """`within`: for so long after its first request, a repeat is one."""
        self._jobs = jobs
        self._submit = submit
        self._clock = clock
        self._within = within
        self._given: OrderedDict[str, int] = OrderedDict()  # job → to how many

    async def __call__(
        self, request: JobRequest, caller: Caller, sender: str, dialect: Dialect, *, repeat: bool
    ) -> tuple[Job, bool]:
        """The job, and True where it is an earlier request's; `sender` is whose requests may be repeats of each other.

        Raises:
            Rejected, Unavailable: as Submit.
        """
        job, replayed = await self._job(request, caller, sender, dialect, repeat=repeat)
        self._given[job.id] = self._given.get(job.id, 0) + 1
        self._given.move_to_end(job.id)
        if len(self._given) > MOST_GIVEN:
            self._given.popitem(last=False)
        return job, replayed

    def unanswered(self, job_id: str) -> None:
        """Whoever had got this job has gone without its images, and may come again."""
        if self._given.get(job_id):
            self._given[job_id] -= 1

    async def _job(
        self, request: JobRequest, caller: Caller, sender: str, dialect: Dialect, *, repeat: bool
    ) -> tuple[Job, bool]:
        window = int(self._clock.now().timestamp() // self._within.total_seconds())
        call = msgspec.json.encode([dialect.name, sender, caller.user_id, fingerprint(request)]).decode()
        own, before = _places(caller.tenant, call, window), _places(caller.tenant, call, window - 1)
        if repeat and (found := await self._first_request((*before, *own))):
            return await self._submit(request, caller, dialect=dialect, new_id=found)
        async for place in self._free(own):
            try:
                job, replayed = await self._submit(request, caller, dialect=dialect, new_id=place)
            except Rejected as refusal:
                if refusal.code != "job_deleted":
                    raise
                continue
            if repeat or not replayed:  # the first request may have come to it in this moment
                return job, replayed
        return await self._submit(request, caller, dialect=dialect)

    async def _first_request(self, places: Sequence[str]) -> str | None:
        """The place of the job that a repeat gets, where there is one that is young enough."""
        known = await self._jobs.known(places)
        there = [place for place in reversed(places) if place in known]
        for place in sorted(there, key=lambda place: self._given.get(place, 0)):
            stored = await self._jobs.get(place)
            young = stored and self._clock.now() - stored.job.created_at <= self._within
            if stored and young and not stored.job.deleted_at:
                return place
        return None

    async def _free(self, places: Sequence[str]) -> AsyncIterator[str]:
        """The first, which nearly always is free, then those that are: others may take them meanwhile."""
        yield places[0]
        known = await self._jobs.known(places[1:])
        for place in places[1:]:
            if place not in known:
                yield place


def _places(tenant: str, call: str, window: int) -> list[str]:
    return [job_id(tenant, "unkeyed", f"{window}/{place}/{call}") for place in range(PLACES)]
