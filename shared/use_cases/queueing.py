"""Where a queued job stands: approximate, and asked of the database at most every 2 s for one job."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.domain.control import holding
from shared.domain.errors import Unavailable
from shared.domain.job import Job
from shared.ports import Clock, JobStore
from shared.telemetry import event
from shared.use_cases.pauses import Pauses

KEPT = timedelta(seconds=2)
MOST = 10_000  # jobs


class Standing(NamedTuple):
    """What a queued job waits for."""

    position: int | None = None  # how many of its lane are before it; None: it is not queued, or nobody knows
    paused_by: str | None = None  # the id of a control


class Queueing:
    """Tells where jobs stand; of one that is not queued it asks nobody."""

    def __init__(self, jobs: JobStore, pauses: Pauses, clock: Clock) -> None:
        self._jobs = jobs
        self._pauses = pauses
        self._clock = clock
        self._known: OrderedDict[str, tuple[datetime, Standing]] = OrderedDict()

    async def __call__(self, job: Job) -> Standing:
        """Of this job, now; a database that does not answer leaves it unknown, and the job can be read all the same."""
        if job.status != "queued":
            return Standing()
        until, known = self._known.get(job.id, (None, Standing()))
        now = self._clock.now()
        if until and now < until:
            return known
        try:
            standing = Standing(await self._jobs.ahead(job), holding(job, await self._pauses.seen()))
        except Unavailable as exc:
            event("not known where a job stands", error=exc, job_id=job.id)
            return Standing()
        self._known[job.id] = now + KEPT, standing
        self._known.move_to_end(job.id)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return standing
