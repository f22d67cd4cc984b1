"""A storyboard, change by change: its job until that has ended, then its pictures, all in one stream."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
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

    async def __call__(self, state: BoardState, seen: int | None = None) -> AsyncGenerator[BoardState | None]:
        """The storyboard, unless its version was `seen`, then each change, once, until its end.

        None where nothing has changed for a while. Changes in quick succession may come as one. It ends also when the
        instance goes.

        Raises:
            Unavailable: the database does not answer.
        """
        async with aclosing(self._changes(state)) as changes:
            async for change in changes:
                if change is None:
                    yield None
                elif change.sequence != seen:
                    seen = change.sequence
                    yield change

    async def _changes(self, state: BoardState) -> AsyncGenerator[BoardState | None]:
        yield state
        if state.is_over:
            return
        async with aclosing(self._wait.follow(state.job, state.job.status_sequence)) as changes:
            async for change in changes:
                state = state._replace(job=change) if change else state
                if change is None or not change.is_over:
                    yield state if change else None
        before, state = None, await self._read.state(state.job)
        yield state
        while before != state.sequence and not _all_over(state.pictures.values()):
            async with aclosing(self._pictures(state)) as pictures:
                async for changed in pictures:
                    state = changed or state
                    yield changed
            # The last end, with what all of it has cost; and what was made again meanwhile is followed, too.
            before, state = state.sequence, await self._read.state(state.job)
            yield state

    async def _pictures(self, state: BoardState) -> AsyncGenerator[BoardState | None]:
        """Each change of its pictures but the last end of them all."""
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
                if _all_over(pictures.values()):
                    continue
                state = state._replace(pictures=dict(pictures))
                if any(job.is_over for job in changes.values()):
                    state = await self._read.spent(state)
                yield state if changes else None
        finally:
            for one in followed:
                one.cancel()
            await asyncio.gather(*followed, return_exceptions=True)

    async def _follow(self, picture: Job, heard: "asyncio.Queue[Job | None]") -> None:
        async with aclosing(self._wait.follow(picture, picture.status_sequence)) as changes:
            async for change in changes:
                heard.put_nowait(change)


def _all_over(pictures: Iterable[Job]) -> bool:
    return all(picture.is_over for picture in pictures)
