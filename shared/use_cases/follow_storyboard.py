"""A storyboard, change by change: its job until that has ended, then its pictures, all in one stream."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, aclosing

from shared.domain.job import Job
from shared.use_cases.read_storyboard import BoardState, ReadStoryboard
from shared.use_cases.wait import Wait


class FollowStoryboard:
    """For server-sent events."""

    def __init__(self, read: ReadStoryboard, wait: Wait) -> None:
        self._read = read
        self._wait = wait

    def place(self) -> AbstractContextManager[None]:
        """See Wait.place."""
        return self._wait.place()

    async def __call__(self, state: BoardState) -> AsyncGenerator[BoardState | None]:
        """The storyboard as it is, then after each change, until its end; None where nothing has changed for a while.

        Changes in quick succession may come as one. It ends also when the instance goes.
        """
        yield state
        async with aclosing(self._wait.follow(state.job, state.job.status_sequence)) as changes:
            async for change in changes:
                state = state._replace(job=change) if change else state
                if change is None or not change.is_over:
                    yield state if change else None
        state = await self._read.state(state.job)
        if state.job.is_over:
            yield state
        async with aclosing(self._pictures(state)) as pictures:
            async for changed in pictures:
                state = changed or state
                yield changed
        if state.pictures and all(picture.is_over for picture in state.pictures.values()):
            yield await self._read.state(state.job)  # with what all of it has cost

    async def _pictures(self, state: BoardState) -> AsyncGenerator[BoardState | None]:
        heard: asyncio.Queue[Job | None] = asyncio.Queue()
        pictures = dict(state.pictures)
        followed = [
            asyncio.ensure_future(self._follow(picture, heard)) for picture in pictures.values() if not picture.is_over
        ]
        try:
            while not (all(one.done() for one in followed) and heard.empty()):
                hearing = asyncio.ensure_future(heard.get())
                try:
                    await asyncio.wait({hearing, *followed}, return_when=asyncio.FIRST_COMPLETED)
                    first = hearing.result() if hearing.done() else None
                    silent = not hearing.done()
                finally:
                    hearing.cancel()
                followed = [one for one in followed if not one.done() or one.result()]
                if silent:
                    continue
                news = [first, *(heard.get_nowait() for _ in range(heard.qsize()))]
                changes = {job.parent_index or 0: job for job in news if job}
                pictures |= changes
                yield state._replace(pictures=dict(pictures)) if changes else None
        finally:
            for one in followed:
                one.cancel()
            await asyncio.gather(*followed, return_exceptions=True)

    async def _follow(self, picture: Job, heard: "asyncio.Queue[Job | None]") -> None:
        async with aclosing(self._wait.follow(picture, picture.status_sequence)) as changes:
            async for change in changes:
                heard.put_nowait(change)
