"""A command on a parent, carried out on its children page by page: each child is commanded once, whoever does it."""

import asyncio

import msgspec

from shared.domain import commands
from shared.domain.errors import Rejected
from shared.domain.job import Job
from shared.domain.listing import Listing
from shared.domain.parent import Pages
from shared.idempotency import fresh_token
from shared.ports import Clock, JobStore, ParentStore, Position, StoredParent
from shared.telemetry import event
from shared.use_cases.command import CommandJob, Rule
from shared.use_cases.parents import Parents

PAGE = 100  # children
AT_ONCE = 16
RULES: dict[str, Rule] = {"cancel": commands.cancel, "retry": commands.retry}


class CarryOut:
    """Turns the pages of a command."""

    def __init__(
        self, jobs: JobStore, parents: ParentStore, clock: Clock, *, command: CommandJob, of_parents: Parents
    ) -> None:
        self._jobs = jobs
        self._parents = parents
        self._of_parents = of_parents
        self._command = command
        self._clock = clock

    async def page(self, stored: StoredParent) -> StoredParent:
        """Command the next children, and note how far that is.

        The child's own key is the command's id, so that a page that is done again changes nothing.

        Raises:
            Conflict, OutcomeUnknown: as ParentStore.write; another goes on.
            Unavailable: the database does not answer.
        """
        parent, pages = stored.parent, stored.parent.pages
        if pages is None:
            return stored
        after = Position(pages.after_at, pages.after_id) if pages.after_at and pages.after_id else None
        own = Listing(where={"parent_id": parent.id})
        page = [found.job for found in await self._jobs.page(parent.tenant, own, PAGE, after)]
        turns = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._one(child, pages, turns) for child in page if _is_meant(child, pages)))
        further = _after(pages, page[-1]) if len(page) == PAGE else None
        wanted = msgspec.structs.replace(
            parent, pages=further, wake_at=self._clock.now(), write_id=fresh_token()
        )  # due at once: for the next page, or to be ended
        written = await self._parents.write(stored, wanted)
        return written if further else await self._of_parents.end_if_over(written)

    async def _one(self, child: Job, pages: Pages, turns: asyncio.Semaphore) -> None:
        async with turns:
            try:
                await self._command(child.tenant, child.id, RULES[pages.command], pages.id)
            except Rejected as refusal:
                if refusal.status >= 500:  # noqa: PLR2004 - the page is to be done again
                    raise
                event("child not commanded", job_id=child.id, command=pages.command, reason=refusal.code)


def _is_meant(child: Job, pages: Pages) -> bool:
    return child.status == "failed" if pages.command == "retry" else not child.is_over


def _after(pages: Pages, child: Job) -> Pages:
    return msgspec.structs.replace(pages, after_at=child.created_at, after_id=child.id)
