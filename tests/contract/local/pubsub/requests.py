"""The client's half of a streaming pull."""

import queue
from collections.abc import Iterator
from typing import Any


class Requests:
    """Requests that are sent as they are put in."""

    def __init__(self, **first: Any) -> None:
        self._queue: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.put(**({"stream_ack_deadline_seconds": 10} | first))

    def put(self, **request: Any) -> None:
        """Send one more."""
        self._queue.put(request)

    def close(self) -> None:
        """Hang up."""
        self._queue.put(None)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while (request := self._queue.get()) is not None:
            yield request
