"""A provider that does what the test has written down for it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec

from shared.domain.job import Job
from shared.ports import Checkpoint, Given, Outcome, Picture
from tests.builders import a_picture

PRICE = 40_000  # micro-USD an image
Act = Callable[[Job, datetime, Checkpoint], Awaitable[Outcome]]


class FakeImageProvider:
    """Makes one small picture for each image asked for, unless `then` planned something else for the call."""

    def __init__(self) -> None:
        self.calls: list[Job] = []  # as the job was at each call
        self.given: list[tuple[Given, ...]] = []  # what each call was to start from
        self._planned: deque[Outcome | Exception | Act] = deque()

    def then(self, *planned: Outcome | Exception | Act) -> None:
        """Plan the next calls: an outcome, a failure, or something to do."""
        self._planned.extend(planned)

    def estimate(self, job: Job) -> int | None:
        """See ImageProvider.estimate."""
        return PRICE * job.n

    async def generate(
        self,
        job: Job,
        given: Sequence[Given],
        deadline: datetime,
        checkpoint: Checkpoint,
    ) -> Outcome:
        """See ImageProvider.generate."""
        self.calls.append(job)
        self.given.append(tuple(given))
        await asyncio.sleep(0)
        if not self._planned:
            pictures = tuple(_priced(a_picture(seed=(job.seed or 0) + index)) for index in range(job.n))
            return Outcome(pictures=pictures, cost_micros=PRICE * job.n)
        plan = self._planned.popleft()
        if isinstance(plan, Exception):
            raise plan
        return plan if isinstance(plan, Outcome) else await plan(job, deadline, checkpoint)


def _priced(picture: Picture) -> Picture:
    return msgspec.structs.replace(picture, cost_micros=PRICE)
