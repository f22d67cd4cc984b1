"""One streaming pull: what its client asked for, and how much of it is outstanding."""

import asyncio
from collections import deque
from typing import Any

from infra.local.pubsub.configs import check_ack_deadline
from infra.local.pubsub.entries import Entry
from infra.local.pubsub.errors import invalid
from infra.local.pubsub.lanes import Lane

MAX_BATCH = 100  # messages of one response
MAX_BATCH_BYTES = 3_500_000  # but for a single larger message; a client on a plain channel takes 4 MiB
_ONLY_AT_FIRST = ("subscription", "max_outstanding_messages", "max_outstanding_bytes", "protocol_version")


class Stream:
    """A consumer under the flow control of its first request."""

    one_a_key = False

    def __init__(self, first: Any) -> None:
        """Read the first request.

        Raises:
            RpcError: INVALID_ARGUMENT.
        """
        if not first.subscription:
            raise invalid("The first request of a streaming pull must name the subscription.")
        check_ack_deadline(first.stream_ack_deadline_seconds)
        self.lanes: deque[Lane] = deque()
        self.deadline: int = first.stream_ack_deadline_seconds
        self._woken = asyncio.Event()
        self._most = first.max_outstanding_messages
        self._most_bytes = first.max_outstanding_bytes
        self._messages = 0
        self._bytes = 0

    def wake(self) -> None:
        """There may be something to take, or something to say."""
        self._woken.set()

    def released(self, entry: Entry) -> None:
        """One that it took was acknowledged, refused, or expired."""
        self._messages -= 1
        self._bytes -= entry.message.size
        self._woken.set()

    def took(self, entries: list[Entry]) -> None:
        """Count what was taken for it."""
        self._messages += len(entries)
        self._bytes += sum(entry.message.size for entry in entries)

    def room(self, share: int) -> tuple[int, int]:
        """How many messages and bytes it may take now, `share` messages at most; 0 of both when it is full."""
        messages = min(share, MAX_BATCH)
        size = MAX_BATCH_BYTES
        if self._most > 0:
            messages = min(messages, self._most - self._messages)
        if self._most_bytes > 0:
            size = min(size, self._most_bytes - self._bytes)
        return (messages, size) if messages > 0 and size > 0 else (0, 0)

    def read(self, request: Any) -> None:
        """Check a later request, and take over its deadline.

        Raises:
            RpcError: INVALID_ARGUMENT: it sets what only the first may set, or a deadline out of bounds.
        """
        for name in _ONLY_AT_FIRST:
            if getattr(request, name):
                raise invalid(f"StreamingPullRequest.{name} can only be set on the first request of the stream.")
        if request.stream_ack_deadline_seconds:
            check_ack_deadline(request.stream_ack_deadline_seconds)
            self.deadline = request.stream_ack_deadline_seconds

    async def woken(self) -> None:
        """Wait to be woken."""
        await self._woken.wait()
        self._woken.clear()
