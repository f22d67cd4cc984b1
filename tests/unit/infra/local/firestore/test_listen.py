"""The life of one listening stream, without a network."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from google.cloud.firestore_v1.types import ListenRequest

from infra.local.clock import Clock
from infra.local.disk import Disk
from infra.local.faults import Faults
from infra.local.firestore.listen import ListenStream
from infra.local.firestore.query import parse_query
from infra.local.firestore.store import Store
from infra.local.firestore.targets import parse_target
from infra.local.kernel import Kernel

DATABASE = "projects/p/databases/(default)"


def add(target_id: int, **options: Any) -> Any:
    """A request to listen to a collection."""
    query = {"parent": f"{DATABASE}/documents", "structured_query": {"from_": [{"collection_id": "things"}]}}
    request = ListenRequest(database=DATABASE, add_target={"target_id": target_id, "query": query, **options})
    return ListenRequest.pb(request)


def stream_of(kernel: Kernel) -> tuple[Store, ListenStream]:
    """A stream of an empty server."""
    store = Store(kernel)
    return store, ListenStream(
        store, kernel.clock, lambda database, message: parse_target(database, message, parse_query)
    )


async def test_a_stream_ends_with_its_client() -> None:
    """Cancelled in the moment its requests end, it lets go of the database."""
    disk = Disk(None)
    store, stream = stream_of(Kernel(Clock(), disk, Faults()))
    current, gone = asyncio.Event(), asyncio.Event()

    async def requests() -> AsyncIterator[Any]:
        yield add(1)
        await gone.wait()

    async def consume() -> None:
        async for response in stream.run(requests()):
            if not response.target_change.target_ids and response.target_change.resume_token:
                current.set()

    task = asyncio.create_task(consume())
    await current.wait()
    assert len(store.database(DATABASE).listeners) == 1
    gone.set()
    await asyncio.sleep(0)  # the reader of requests ends now, and stirs the stream
    task.cancel()
    await asyncio.wait([task], timeout=60)
    assert task.cancelled()
    assert not store.database(DATABASE).listeners
    disk.close()


async def test_a_stream_without_requests_to_come_and_without_targets_ends() -> None:
    """As after `once`: nothing can be said any more."""
    disk = Disk(None)
    _, stream = stream_of(Kernel(Clock(), disk, Faults()))

    async def requests() -> AsyncIterator[Any]:
        yield add(7, once=True)

    async with asyncio.timeout(60):
        kinds = [response.target_change.target_change_type async for response in stream.run(requests())]
    assert kinds == [1, 3, 0, 2]  # ADD, CURRENT, NO_CHANGE, REMOVE
    disk.close()
