"""A provider's "done": only ever a hint to look. The job is announced, and nothing is written.

Whoever then claims it asks the provider itself. A job that is held needs no announcement: its holder asks once more
right after it has given its claim back.
"""

import logging

from shared.config import MissingSetting, Settings
from shared.domain.callbacks import is_token
from shared.domain.errors import Rejected
from shared.domain.ids import is_job_id
from shared.domain.job import Job
from shared.ports import Clock, JobQueue, JobStore
from shared.telemetry import event


def secret_of(settings: Settings) -> str | None:
    """The secret of this deployment's callbacks; None where it has none, and so takes none.

    Raises:
        MissingSetting: its jobs cannot be completed without.
    """
    if not settings.callback_secret and not settings.provider_polling:
        raise MissingSetting("CALLBACK_SECRET")
    return settings.callback_secret


class CallBack:
    """POST /v1/callbacks/{provider}/{job_id}/{token}."""

    def __init__(self, jobs: JobStore, queue: JobQueue, clock: Clock) -> None:
        self._jobs = jobs
        self._queue = queue
        self._clock = clock

    async def __call__(self, secret: str | None, provider: str, job_id: str, token: str) -> None:
        """Announce the job, where it waits for its operation; a late or a repeated callback changes nothing.

        Raises:
            Rejected: 404, forged or of no such job, which are answered alike.
            Unavailable: 503; the provider may call again, and if it does not, `sweep` looks within a minute.
        """
        found = await self._jobs.get(job_id) if secret and is_job_id(job_id) else None
        if not secret or found is None or found.job.deleted_at or not is_token(token, secret, provider, found.job):
            event("callback refused", level=logging.WARNING, provider=provider)
            raise Rejected(404, "callback_not_found", "Nothing is waited for at this address.")
        waits = self._waits(found.job)
        if waits:
            await self._queue.announce(found.job)
        event("called back", job_id=job_id, provider=provider, announced=waits)

    def _waits(self, job: Job) -> bool:
        now = self._clock.now()
        return job.provider_operation is not None and not job.is_over and not job.held(now) and job.due(now)
