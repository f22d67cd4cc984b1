"""One way to talk to both of Google's Firestore clients, so that one suite serves the two."""

import inspect
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from google.cloud import firestore

T = TypeVar("T")


async def got(answer: Any) -> Any:
    """What a call of either client answers: awaited where it must be, a list where it streams."""
    if inspect.isawaitable(answer):
        answer = await answer
    if hasattr(answer, "__aiter__"):
        return [item async for item in answer]
    if isinstance(answer, Iterator) or hasattr(answer, "pages"):
        return list(answer)
    return answer


async def close(client: Any) -> None:
    """Close what a client keeps open."""
    await got(transport(client).close())


def close_now(client: Any) -> None:
    """Close what a synchronous client keeps open."""
    transport(client).close()


def transport(client: Any) -> Any:
    """The gRPC transport of a client; Google's own `close` leaves it open."""
    return client._firestore_api.transport  # noqa: SLF001 - the hand-written clients offer no public way


def generated(client: Any) -> Any:
    """The generated client below a hand-written one, for requests that the latter cannot make."""
    return client._firestore_api  # noqa: SLF001 - likewise


def database(client: Any) -> str:
    """`projects/P/databases/D` of a client."""
    name: str = client._database_string  # noqa: SLF001 - likewise
    return name


def name(document: Any) -> str:
    """The full resource name of a document."""
    path: str = document._document_path  # noqa: SLF001 - likewise
    return path


def ids(snapshots: list[Any]) -> list[str]:
    """The document ids, in the order given."""
    return [snapshot.id for snapshot in snapshots]


def paths(snapshots: list[Any]) -> list[str]:
    """The document paths, in the order given."""
    return [snapshot.reference.path for snapshot in snapshots]


async def fields(document: Any) -> Any:
    """The fields of a document now; None when it does not exist."""
    return (await got(document.get())).to_dict()


async def store(client: Any, documents: dict[str, dict[str, Any]]) -> None:
    """Write documents, given by path, in one commit."""
    batch = client.batch()
    for path, data in documents.items():
        batch.set(client.document(path), data)
    await got(batch.commit())


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits: one whose calls all go to the synchronous client."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError("a body for the synchronous client waited for something")


async def in_transaction(client: Any, body: Callable[[Any], Coroutine[Any, Any, Any]], **options: Any) -> Any:
    """Run `body(transaction)` in a transaction of either client, retried as that client retries."""
    transaction = client.transaction(**options)
    if isinstance(client, firestore.AsyncClient):
        return await firestore.async_transactional(body)(transaction)
    return firestore.transactional(lambda each: finished(body(each)))(transaction)


async def begin(client: Any, **options: Any) -> Any:
    """A transaction that has begun, to be driven step by step."""
    transaction = client.transaction(**options)
    await got(transaction._begin())  # noqa: SLF001 - the clients begin only inside their decorators
    return transaction


async def commit(transaction: Any) -> Any:
    """Commit a transaction driven step by step; gives its write results."""
    return await got(transaction._commit())  # noqa: SLF001 - likewise


async def rollback(transaction: Any) -> None:
    """Roll back a transaction driven step by step."""
    await got(transaction._rollback())  # noqa: SLF001 - likewise
