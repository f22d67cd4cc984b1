"""What a function does when its instance is told to go."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any

_tasks: set[asyncio.Task[None]] = set()  # a task that nobody refers to may be collected before it is done


def on_shutdown(stop: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `stop()` on this event loop at SIGTERM, besides what the server does then.

    To be called on the main thread, inside the loop.
    """
    loop = asyncio.get_running_loop()
    servers = signal.getsignal(signal.SIGTERM)

    def begin() -> None:
        task = loop.create_task(stop())
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(begin)
        if callable(servers):
            servers(number, frame)

    signal.signal(signal.SIGTERM, handle)
