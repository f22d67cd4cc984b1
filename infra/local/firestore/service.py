"""google.firestore.v1.Firestore: what is registered with the server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from infra.local.firestore.database import Database
from infra.local.firestore.definitions import load_definitions
from infra.local.firestore.engine import Engine
from infra.local.firestore.listen import ListenStream
from infra.local.firestore.read_calls import ReadCalls
from infra.local.firestore.targets import DocumentsTarget, QueryTarget, parse_target
from infra.local.firestore.ttl import run_ttl
from infra.local.firestore.write_calls import WriteCalls
from infra.local.firestore.write_stream import WriteStream
from infra.local.kernel import Kernel


class Firestore(ReadCalls, WriteCalls):
    """What answers: one coroutine, or asynchronous generator, an RPC."""

    def __init__(self, kernel: Kernel, indexes: Path | None = None) -> None:
        """Take in what is on the disk; `indexes`: the index definitions deployed, None: all queries are served.

        Raises:
            ValueError: the index definitions are not of the Firebase CLI's format.
            OSError: they cannot be read.
        """
        definitions = None if indexes is None else load_definitions(indexes)
        super().__init__(Engine(kernel, definitions))
        self._background: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start what runs in the background: the TTL policies."""
        engine = self._engine
        if engine.definitions is not None and engine.definitions.ttl:
            work = run_ttl(engine.store, engine.committer, engine.clock, engine.definitions.ttl)
            self._background = asyncio.create_task(work)

    async def stop(self) -> None:
        """Stop it."""
        if self._background is not None:
            self._background.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._background

    async def listen(self, requests: AsyncIterator[Any], _: Any) -> AsyncIterator[Any]:
        """Documents and queries, and every change of them."""
        stream = ListenStream(self._engine.store, self._engine.clock, self._target)
        async for response in stream.run(requests):
            yield response

    async def write(self, requests: AsyncIterator[Any], _: Any) -> AsyncIterator[Any]:
        """Commits one after the other on one stream."""
        stream = WriteStream(self._engine.store, self._engine.committer)
        async for response in stream.run(requests):
            yield response

    def _target(self, database: Database, message: Any) -> QueryTarget | DocumentsTarget:
        return parse_target(database, message, self._engine.query)
