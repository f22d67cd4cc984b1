"""Cancel or retry a storyboard: its job until that is completed, then its pictures together."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from shared.domain import commands, parent_commands
from shared.domain.errors import Rejected, Unavailable
from shared.domain.job import Job
from shared.domain.parent import Parent
from shared.ports import JobStore, ParentStore
from shared.use_cases.command import CommandJob
from shared.use_cases.command_batch import CommandBatch
from shared.use_cases.read_storyboard import own_board


class Rules(NamedTuple):
    """A command, as it is for the one and for the other."""

    of_job: Callable[[Job, datetime], Job]
    of_pictures: Callable[[Parent, datetime], Parent]


CANCEL = Rules(commands.cancel, parent_commands.cancel)
RETRY = Rules(commands.retry, parent_commands.retry)


class ChangeStoryboard:
    """POST /v1/storyboards/{id}/cancel and /retry."""

    def __init__(self, jobs: JobStore, parents: ParentStore, command: CommandJob, pictures: CommandBatch) -> None:
        self._jobs = jobs
        self._parents = parents
        self._command = command
        self._pictures = pictures

    async def __call__(self, tenant: str, board_id: str, rules: Rules, key: str | None) -> bool:
        """Carry it out; True where `key` had asked for it before.

        Raises:
            Rejected: 404, 409, 422; or 402 or 429 of a retry.
            Unavailable: 503; repeat with the same key.
        """
        job = await own_board(self._jobs, tenant, board_id)
        stored = await self._parents.get(board_id) if job.status == "completed" else None
        if stored is None:
            _, repeated = await self._command(tenant, board_id, rules.of_job, key)
            return repeated
        if not stored.parent.was_answered:
            text = f"The pictures of storyboard {board_id} are just about to begin: please repeat."
            raise Unavailable("contended", text, retry_after=1)
        _, repeated = await self._pictures(tenant, board_id, rules.of_pictures, key)
        return repeated

    async def stop(self, job: Job) -> None:
        """Cancel what is still made for a storyboard that was deleted: nobody could stop it any more.

        Raises:
            Unavailable: 503; repeat.
        """
        try:
            await self._pictures(job.tenant, job.id, parent_commands.cancel)
        except Rejected as refusal:  # there are none, or all have ended
            if refusal.status not in {404, 409}:
                raise
