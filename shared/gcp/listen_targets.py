"""The targets of one Listen stream: what is asked of Firestore, and what its answers mean.

    client   add_target ─────────────────────────────────── remove_target
    server     ADD  document | delete  CURRENT │ document … │ REMOVE

A target is one document, so all there is to know of it is what was said last: snapshots need not be put together.
Source: https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#listenresponse
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, NamedTuple

from google.cloud.firestore_v1.types import ListenRequest, ListenResponse, TargetChange

_Type: Any = TargetChange.TargetChangeType


class News(NamedTuple):
    """What a document is now; None: there is none."""

    job_id: str
    document: Any


class Targets:
    """One target a job; an id is never used again, so that what is still said of an old one is known to be."""

    def __init__(self, database: str, collection: str) -> None:
        """`database`: its full name; `collection`: where the jobs are."""
        self.refused: list[str] = []  # jobs whose targets the server removed; for the owner to take out
        self._database = database
        self._folder = f"{database}/documents/{collection}"
        self._requests: asyncio.Queue[Any] = asyncio.Queue()
        self._last_id = 0
        self._ids: dict[str, int] = {}  # by job
        self._jobs: dict[int, str] = {}  # by id
        self._found: dict[int, bool] = {}  # whether there is a document, where that was said

    async def requests(self) -> AsyncIterator[Any]:
        """What to send, until `end`."""
        while (request := await self._requests.get()) is not None:
            yield request

    def end(self) -> None:
        """Send no more."""
        self._requests.put_nowait(None)

    def add(self, job_id: str) -> None:
        """Ask for a job's document, from now on; once."""
        if job_id in self._ids:
            return
        self._last_id = number = self._last_id + 1
        self._ids[job_id], self._jobs[number] = number, job_id
        target = {"target_id": number, "documents": {"documents": [f"{self._folder}/{job_id}"]}}
        self._requests.put_nowait(ListenRequest(database=self._database, add_target=target))

    def remove(self, job_id: str) -> None:
        """Ask for it no more."""
        number = self._dropped(job_id)
        if number is not None:
            self._requests.put_nowait(ListenRequest(database=self._database, remove_target=number))

    def news(self, response: Any) -> Iterator[News]:
        """What an answer says of the jobs."""
        message = ListenResponse.pb(response)
        match message.WhichOneof("response_type"):
            case "document_change":
                change = message.document_change
                yield from self._said(change.target_ids, change.document)
                yield from self._said(change.removed_target_ids, None)
            case "document_delete":
                yield from self._said(message.document_delete.removed_target_ids, None)
            case "document_remove":
                yield from self._said(message.document_remove.removed_target_ids, None)
            case "target_change":
                change = message.target_change
                yield from self._target_changed(change.target_change_type, change.target_ids or list(self._jobs))
            case "filter":
                self._check(message.filter.target_id, message.filter.count)

    def _said(self, numbers: Iterable[int], document: Any) -> Iterator[News]:
        for number in numbers:
            if number in self._jobs:
                self._found[number] = document is not None
                yield News(self._jobs[number], document)

    def _target_changed(self, kind: Any, numbers: Iterable[int]) -> Iterator[News]:
        for number in numbers:
            if number not in self._jobs:
                continue
            if kind == _Type.CURRENT and number not in self._found:  # all was said, and no document was among it
                yield from self._said([number], None)
            elif kind == _Type.RESET:  # all will be said anew
                self._found.pop(number, None)
            elif kind == _Type.REMOVE:
                self.refused.append(self._jobs[number])
                self._dropped(self._jobs[number])

    def _check(self, number: int, count: int) -> None:
        """The server counts so many documents: where that is not what it said before, it is asked anew."""
        job_id = self._jobs.get(number)
        if job_id is not None and number in self._found and self._found[number] != bool(count):
            self.remove(job_id)
            self.add(job_id)

    def _dropped(self, job_id: str) -> int | None:
        number = self._ids.pop(job_id, None)
        if number is not None:
            del self._jobs[number]
            self._found.pop(number, None)
        return number
