"""The RPCs of google.pubsub.v1.Subscriber that fetch and acknowledge messages."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.pubsub_v1.types import pubsub as types

from infra.local.pubsub.broker import Broker, attached
from infra.local.pubsub.configs import check_ack_deadline
from infra.local.pubsub.entries import Entry
from infra.local.pubsub.errors import failed_precondition, invalid
from infra.local.pubsub.lanes import Lane
from infra.local.pubsub.live import LiveSubscription
from infra.local.pubsub.receipts import MAX_REQUEST, Receipts, acknowledge, hand_out, modify_deadlines
from infra.local.pubsub.stream import Stream

PullResponse = types.PullResponse.pb()
StreamingPullResponse = types.StreamingPullResponse.pb()
MAX_PULL = 1000  # messages of one response
MAX_PULL_BYTES = 3_500_000  # but for a single larger message; a client on a plain channel takes 4 MiB
PULL_WAIT = 5_000_000  # microseconds: the "bounded amount of time" that a pull waits for a first message


class Pulling:
    """What answers: one coroutine, or asynchronous generator, an RPC."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def pull(self, request: Any, _: Any) -> Any:
        """Some messages; none after a while, or at once with return_immediately."""
        live = self._pulled(request.subscription)
        if request.max_messages <= 0:
            raise invalid("max_messages must be positive.")
        puller = _Puller()
        deadline = self._broker.kernel.clock.now() + (0 if request.return_immediately else PULL_WAIT)
        timer = self._broker.timers.at(deadline, puller.wake)
        live.backlog.join(puller)
        try:
            while True:
                most = min(request.max_messages, MAX_PULL)
                receipts = self._hand_out(live, live.backlog.take(puller, most, MAX_PULL_BYTES))
                if receipts.messages or self._broker.kernel.clock.now() >= deadline:
                    break
                await puller.woken.wait()
                puller.woken.clear()
                self._check_still(live, request.subscription)
        finally:
            live.backlog.leave(puller)
            self._broker.timers.cancel(timer)
        await asyncio.sleep(receipts.delay)
        return PullResponse(received_messages=receipts.messages)

    async def streaming_pull(self, requests: AsyncIterator[Any], _: Any) -> AsyncIterator[Any]:
        """Messages as they come, within the client's flow control, until it hangs up."""
        first = await anext(requests, None)
        if first is None:
            return
        live = self._pulled(first.subscription)
        stream = Stream(first)
        self._answered(live, first)
        live.backlog.join(stream)
        reader = asyncio.create_task(self._read(requests, live, stream))
        try:
            while not reader.done():
                self._check_still(live, first.subscription)
                share = -(-live.backlog.ready // live.backlog.consumers)
                most, size = stream.room(max(1, share))
                taken = live.backlog.take(stream, most, size)
                stream.took(taken)
                receipts = self._hand_out(live, taken, stream.deadline)
                if receipts.messages:
                    await asyncio.sleep(receipts.delay)
                    yield self._response(live, receipts)
                elif not taken:
                    await stream.woken()
            reader.result()
        finally:
            live.backlog.leave(stream)
            reader.cancel()

    async def acknowledge(self, request: Any, _: Any) -> Any:
        """The messages are done; unless one was delivered again meanwhile, it will not be."""
        live = attached(self._broker, request.subscription)
        _check_ack_ids(request)
        acknowledge(live, request.ack_ids)
        return Empty()

    async def modify_ack_deadline(self, request: Any, _: Any) -> Any:
        """More time for messages, or, with 0, none: they are delivered again."""
        live = attached(self._broker, request.subscription)
        _check_ack_ids(request)
        check_ack_deadline(request.ack_deadline_seconds, least=0)
        modify_deadlines(live, ((ack_id, request.ack_deadline_seconds) for ack_id in request.ack_ids))
        return Empty()

    async def _read(self, requests: AsyncIterator[Any], live: LiveSubscription, stream: Stream) -> None:
        try:
            async for request in requests:
                stream.read(request)
                self._answered(live, request)
        finally:
            stream.wake()

    def _answered(self, live: LiveSubscription, request: Any) -> None:
        ids, seconds = request.modify_deadline_ack_ids, request.modify_deadline_seconds
        if len(ids) != len(seconds):
            raise invalid("modify_deadline_seconds and modify_deadline_ack_ids must be of the same length.")
        for deadline in seconds:
            check_ack_deadline(deadline, least=0)
        modify_deadlines(live, zip(ids, seconds, strict=True))
        acknowledge(live, request.ack_ids)

    def _pulled(self, name: str) -> LiveSubscription:
        live = attached(self._broker, name)
        if live.pusher:
            raise failed_precondition("This method is not supported for this subscription type: it is a push one.")
        return live

    def _check_still(self, live: LiveSubscription, name: str) -> None:
        if self._pulled(name) is not live:
            raise failed_precondition("The subscription was deleted and created again.")

    def _hand_out(self, live: LiveSubscription, taken: list[Entry], deadline: int | None = None) -> Receipts:
        return hand_out(self._broker.kernel.faults, live, taken, deadline or live.config.ack_deadline_seconds)

    @staticmethod
    def _response(live: LiveSubscription, receipts: Receipts) -> Any:
        response = StreamingPullResponse(received_messages=receipts.messages)
        response.subscription_properties.message_ordering_enabled = live.config.enable_message_ordering
        return response


class _Puller:
    """The consumer of one pull. An ordering key it took from is closed to others until that is settled."""

    one_a_key = False

    def __init__(self) -> None:
        self.lanes: deque[Lane] = deque()
        self.woken = asyncio.Event()

    def wake(self) -> None:
        """There may be something to take, or no time left."""
        self.woken.set()

    def released(self, entry: Entry) -> None:
        """Nothing: a pull is over once it has taken something."""


def _check_ack_ids(request: Any) -> None:
    if not request.ack_ids:
        raise invalid("No ack IDs specified.")
    if request.ByteSize() > MAX_REQUEST:
        raise invalid(f"Request payload size exceeds the limit: {MAX_REQUEST} bytes.")
