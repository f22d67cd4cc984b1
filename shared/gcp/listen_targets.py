"""Single jobs on a Listen stream: what is asked of Firestore, and what its answers mean.

    client   add_target ─────────────────────────────────── remove_target
    server     ADD  document | delete  CURRENT │ document … │ REMOVE

A target is one document, so all there is to know of it is what was said last: snapshots need not be put together.
Source: https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#listenresponse
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from google.cloud.firestore_v1.types import ListenResponse, TargetChange

from shared.gcp.listen_requests import Requests

_Type: Any = TargetChange.TargetChangeType


class News(NamedTuple):
    """What a document is now; None: there is none."""

    job_id: str
    document: Any


class Targets:
    """One target a job."""

    def __init__(self, requests: Requests, collection: str) -> None:
        """`collection`: where the jobs are."""
        self.refused: list[str] = []  # jobs whose targets the server removed; for the owner to take out
        self._requests = requests
        self._folder = f"{requests.documents}/{collection}"
        self._ids: dict[str, int] = {}  # by job
        self._jobs: dict[int, str] = {}  # by id
        self._found: dict[int, bool] = {}  # whether there is a document, where that was said

    def add(self, job_id: str) -> None:
        """Ask for a job's document, from now on; once."""
        if job_id in self._ids:
            return
        number = self._requests.ask({"documents": {"documents": [f"{self._folder}/{job_id}"]}})
        self._ids[job_id], self._jobs[number] = number, job_id

    def remove(self, job_id: str) -> None:
        """Ask for it no more."""
        number = self._dropped(job_id)
        if number is not None:
            self._requests.give_up(number)

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
