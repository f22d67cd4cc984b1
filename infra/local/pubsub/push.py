"""Push: messages of one subscription sent to its endpoint, as many at once as its window allows."""

import asyncio
from collections import deque
from typing import Any

from infra.local.kernel import Kernel
from infra.local.pubsub.backlog import Backlog
from infra.local.pubsub.deliveries import HOLD_BACK, Fate, fate_of
from infra.local.pubsub.entries import Entry
from infra.local.pubsub.envelopes import request_of
from infra.local.pubsub.lanes import Lane
from infra.local.pubsub.posting import Poster
from infra.local.pubsub.timers import Timer, Timers
from infra.local.pubsub.window import Window

# 102, which Google counts among these, is an interim answer: here the final one decides.
ACKNOWLEDGED = {200, 201, 202, 204}


class Pusher:
    """The one consumer of a push subscription. Each has connections of its own, so that none waits for another's."""

    one_a_key = True

    def __init__(self, kernel: Kernel, timers: Timers, backlog: Backlog, config: Any, default_format: str) -> None:
        self.lanes: deque[Lane] = deque()
        self.config = config  # a complete Subscription; replaced when it is updated
        self._kernel = kernel
        self._timers = timers
        self._backlog = backlog
        self._default_format = default_format
        self._window = Window()
        self._pause: Timer | None = None
        self._pushes: dict[asyncio.Task[None], Entry] = {}
        self._scheduled = False
        self._closed = False
        self._http = Poster()
        backlog.join(self)
        self.wake()

    def wake(self) -> None:
        """Send what the window has room for, as soon as the loop comes round."""
        if not self._scheduled and not self._closed:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._pump)

    def released(self, entry: Entry) -> None:
        """A push is counted until its task ends, whatever becomes of its message."""

    async def finish(self) -> None:
        """Begin nothing more, but wait for the answers to what is under way; then close."""
        self._stop()
        try:
            while self._pushes:
                await asyncio.wait(self._pushes)
        finally:
            await self.close()

    async def close(self) -> None:
        """Break off what is under way; what was not acknowledged is ready for whoever consumes next."""
        self._stop()
        pushes = dict(self._pushes)
        for push in pushes:
            push.cancel()
        await asyncio.gather(*pushes, return_exceptions=True)
        for entry in pushes.values():
            self._backlog.give_back(entry)
        await self._http.close()

    def _stop(self) -> None:
        if not self._closed:
            self._closed = True
            self._backlog.leave(self)
        if self._pause:
            self._timers.cancel(self._pause)

    def _pump(self) -> None:
        self._scheduled = False
        while not self._closed and self._pause is None and len(self._pushes) < self._window.size:
            taken = self._backlog.take(self, 1)
            if not taken:
                return
            entry = taken[0]
            fate = fate_of(self._kernel.faults, entry)
            if fate.held_back:
                self._backlog.hold(entry, HOLD_BACK)
                continue
            if fate.dropped:  # nobody answers what never arrived; it holds no place in the window meanwhile
                self._backlog.lease(entry, self.config.ack_deadline_seconds)
                continue
            push = asyncio.get_running_loop().create_task(self._push(entry, fate))
            self._pushes[push] = entry
            push.add_done_callback(self._pushed)

    def _pushed(self, push: "asyncio.Task[None]") -> None:
        del self._pushes[push]
        self.wake()

    async def _push(self, entry: Entry, fate: Fate) -> None:
        sent = self._kernel.clock.now()
        acknowledged = await self._exchange(entry, fate)
        if acknowledged:
            self._window.succeeded()
            self._backlog.acknowledge([entry])
            return
        if not fate.injected:
            pause = self._window.failed(sent, self._kernel.clock.now())
            if pause and self._pause is None:
                self._pause = self._timers.at(self._kernel.clock.now() + pause, self._resume)
        self._backlog.fail(entry)

    async def _exchange(self, entry: Entry, fate: Fate) -> bool:
        """Send until the ack deadline; whether it was acknowledged in time."""
        loop = asyncio.get_running_loop()
        deadline = self._kernel.clock.now() + self.config.ack_deadline_seconds * 1_000_000
        timer = None
        try:
            async with asyncio.timeout(None) as limit:
                timer = self._timers.at(deadline, lambda: limit.reschedule(loop.time()))
                if fate.delay:
                    await asyncio.sleep(fate.delay)
                if fate.unreached:
                    return False
                if fate.copies == 1:  # as nearly all: without a task of its own
                    answers = [await self._send(entry)]
                else:
                    answers = await asyncio.gather(*(self._send(entry) for _ in range(fate.copies)))
                return all(answers) and not fate.answer_lost
        except TimeoutError:
            return False
        finally:
            if timer:
                self._timers.cancel(timer)

    async def _send(self, entry: Entry) -> bool:
        attempt = entry.failures + 1 if self.config.HasField("dead_letter_policy") else None
        headers, body = request_of(entry.message, attempt, self.config, self._default_format)
        try:
            status = await self._http.post(self.config.push_config.push_endpoint, headers, body)
        except (OSError, ValueError):  # ValueError: an attribute that is no header
            return False
        return status in ACKNOWLEDGED

    def _resume(self) -> None:
        self._pause = None
        self.wake()
