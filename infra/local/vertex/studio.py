"""Where pictures are painted: beside the event loop, and not twice."""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

KEPT = 32 * 1024 * 1024  # bytes of recent pictures


class Studio:
    """Two painters, who remember what they painted last."""

    def __init__(self) -> None:
        self._painters = ThreadPoolExecutor(2, "painter")
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    async def make(self, work: Callable[..., bytes], /, *arguments: Any) -> bytes:
        """What `work(*arguments)` gives; it must be a pure function of arguments that JSON can say, or bytes."""
        key = fingerprint(work.__qualname__, *arguments)
        if (made := self._recent.get(key)) is None:
            made = await asyncio.get_running_loop().run_in_executor(self._painters, work, *arguments)
            self._keep(key, made)
        return made

    def _keep(self, key: str, made: bytes) -> None:
        if key not in self._recent:
            self._recent[key] = made
            self._size += len(made)
        while self._size > KEPT:
            self._size -= len(self._recent.popitem(last=False)[1])

    def close(self) -> None:
        """Send the painters home."""
        self._painters.shutdown(wait=False, cancel_futures=True)


def fingerprint(*parts: Any) -> str:
    """A hash of parts that JSON can say, or bytes."""
    said = json.dumps(parts, sort_keys=True, default=lambda data: hashlib.sha256(data).hexdigest())
    return hashlib.sha256(said.encode()).hexdigest()


def seed_of(*parts: Any) -> int:
    """A seed for the painter that every one of `parts` decides on."""
    return int(fingerprint(*parts)[:12], 16)
