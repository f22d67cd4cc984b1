"""Listening: the answer of queries, and every change of it.

    client   add_target ──────────────────────────────────────────── remove_target
    server     ADD  documents …  CURRENT  NO_CHANGE │ documents  NO_CHANGE │ … REMOVE
                                          snapshot  │            snapshot  │

A snapshot is what all targets of a stream are at one moment; commits that come close together are in one.
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from infra.local.clock import Clock
from infra.local.firestore.bloom import bloom_filter
from infra.local.firestore.database import Change, Database
from infra.local.firestore.errors import invalid
from infra.local.firestore.messages import ListenResponse, TargetChange, micros_of, set_time
from infra.local.firestore.paths import parse_database
from infra.local.firestore.store import Store
from infra.local.firestore.targets import Delta, DocumentsTarget, QueryTarget
from infra.local.rpc import RpcError

HEARTBEAT = 30.0  # seconds without a change after which the stream says so, with a new resume token
_TOKEN = struct.Struct(">8sQ")
_MAGIC = b"listen01"

_Type = TargetChange.TargetChangeType
Target = QueryTarget | DocumentsTarget


class MakeTarget(Protocol):
    """Makes the target a client asks for, or refuses with an RpcError."""

    def __call__(self, database: Database, message: Any) -> Target:
        """Make it."""


@dataclass
class _Affected:
    """One document of a snapshot: which targets it is in, and which it left."""

    in_targets: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)


class ListenStream:
    """One stream of one client."""

    def __init__(self, store: Store, clock: Clock, make_target: MakeTarget) -> None:
        self._store = store
        self._clock = clock
        self._make_target = make_target
        self._database: Database | None = None
        self._targets: dict[int, Target] = {}
        self._assigns_ids = False
        self._half_closed = False
        self._requests: asyncio.Queue[Any] = asyncio.Queue()
        self._dirty: set[str] = set()
        self._stirred = asyncio.Event()

    async def run(self, requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Answer until the client has asked its last and has no target left, or is gone."""
        reader = asyncio.create_task(self._read(requests))
        try:
            while not (self._half_closed and self._requests.empty() and not self._targets):
                try:
                    # Not wait_for: before Python 3.12 it forgets that it was cancelled when the event comes as well.
                    async with asyncio.timeout(HEARTBEAT):
                        await self._stirred.wait()
                except TimeoutError:
                    if self._targets:
                        yield self._snapshot()
                    continue
                self._stirred.clear()
                while not self._requests.empty():
                    for response in list(self._request(self._requests.get_nowait())):  # of one moment, so all at once
                        yield response
                for response in list(self._follow()):
                    yield response
        finally:
            reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reader
            if self._database is not None:
                self._database.listeners.discard(self._committed)

    async def _read(self, requests: AsyncIterator[Any]) -> None:
        try:
            async for request in requests:
                self._requests.put_nowait(request)
                self._stirred.set()
        finally:
            self._half_closed = True
            self._stirred.set()

    def _committed(self, changes: Sequence[Change]) -> None:
        for path, *_ in changes:
            if any(target.concerns(path) for target in self._targets.values()):  # most writes are others' business
                self._dirty.add(path)
                self._stirred.set()

    def _request(self, request: Any) -> Iterator[Any]:
        database = self._store.database(parse_database(request.database))
        if self._database is None:
            self._database = database
            database.listeners.add(self._committed)
        elif database is not self._database:
            raise invalid("All requests of a stream must be of one database.")
        kind = request.WhichOneof("target_change")
        if kind == "add_target":
            yield from self._add(database, request.add_target)
        elif kind == "remove_target":
            if self._targets.pop(request.remove_target, None) is None:
                raise invalid(f"There is no target {request.remove_target} on this stream.")
            yield _target_change(_Type.REMOVE, request.remove_target)
        else:
            raise invalid("A ListenRequest adds or removes a target.")

    def _add(self, database: Database, message: Any) -> Iterator[Any]:
        target_id = self._target_id(message.target_id)
        if target_id is None:
            yield _refused(message.target_id, invalid("Ids of targets are either all given by the client or none."))
            return
        try:
            target = self._make_target(database, message)
        except RpcError as refusal:
            yield _refused(target_id, refusal)
            return
        yield _target_change(_Type.ADD, target_id)
        yield from self._follow()  # up to here the others are behind, and this one would be ahead of them
        since = self._resume_time(database, message)
        if since is None and message.WhichOneof("resume_type") is not None:
            yield _target_change(_Type.RESET, target_id)
        self._targets[target_id] = target
        yield from self._documents({target_id: target.begin(since)})
        if since is not None and message.HasField("expected_count"):
            yield self._filter(target_id, target, since)
        yield self._snapshot(_Type.CURRENT, target_id)
        yield self._snapshot()
        if message.once:
            del self._targets[target_id]
            yield _target_change(_Type.REMOVE, target_id)

    def _target_id(self, asked: int) -> int | None:
        """The id of a new target; None: it is refused, since the server gives the ids on this stream."""
        if asked < 0 or asked in self._targets:
            raise invalid(f"The target id {asked} is negative or taken.")
        if asked == 0:
            self._assigns_ids = True
            return max(self._targets, default=0) + 1
        return None if self._assigns_ids else asked

    def _resume_time(self, database: Database, message: Any) -> int | None:
        """When the client knew the target; None: never, or so long ago that it must start anew."""
        kind = message.WhichOneof("resume_type")
        if kind is None:
            return None
        if kind == "read_time":
            since = micros_of(message.read_time)
        else:
            if len(message.resume_token) != _TOKEN.size or not message.resume_token.startswith(_MAGIC):
                raise invalid("The resume token is not of this server.")
            since = _TOKEN.unpack(message.resume_token)[1]
        now = self._clock.now()
        if since > now:
            raise invalid("The stream cannot be resumed from a time to come.")
        try:
            database.check_past(since, now)
        except RpcError:
            return None
        return since

    def _follow(self) -> Iterator[Any]:
        """One snapshot of all that was committed since the last, if any of it matters here."""
        if not self._dirty:
            return
        paths, self._dirty = sorted(self._dirty), set()
        deltas = {target_id: target.follow(paths) for target_id, target in self._targets.items()}
        responses = list(self._documents(deltas))
        yield from responses
        if responses:
            yield self._snapshot()

    def _documents(self, deltas: dict[int, Delta]) -> Iterator[Any]:
        affected: dict[str, _Affected] = {}
        for target_id, delta in deltas.items():
            for record in delta.changed:
                affected.setdefault(record.path, _Affected()).in_targets.append(target_id)
            for path in delta.removed:
                affected.setdefault(path, _Affected()).left.append(target_id)
        for path, each in affected.items():
            yield self._document(path, each)

    def _document(self, path: str, each: _Affected) -> Any:
        database = self._database
        if database is None:
            raise RuntimeError("a document is answered only on a stream with a database")
        record = database.get(path)
        response = ListenResponse()
        if record is not None and each.in_targets:
            record.fill(response.document_change.document, database.root)
            response.document_change.target_ids.extend(each.in_targets)
            response.document_change.removed_target_ids.extend(each.left)
            return response
        gone = response.document_delete if record is None else response.document_remove
        gone.document = f"{database.root}/{path}"
        gone.removed_target_ids.extend(each.left)
        set_time(gone.read_time, self._clock.tick())
        return response

    def _filter(self, target_id: int, target: Target, since: int) -> Any:
        response = ListenResponse()
        response.filter.target_id = target_id
        response.filter.count = len(target.view)
        root = self._database.root if self._database else ""
        unchanged = [f"{root}/{path}" for path, updated in target.view.items() if updated <= since]
        response.filter.unchanged_names.CopyFrom(bloom_filter(unchanged))
        return response

    def _snapshot(self, kind: int = _Type.NO_CHANGE, *target_ids: int) -> Any:
        response = _target_change(kind, *target_ids)
        moment = self._clock.tick()
        set_time(response.target_change.read_time, moment)
        response.target_change.resume_token = _TOKEN.pack(_MAGIC, moment)
        return response


def _target_change(kind: int, *target_ids: int) -> Any:
    response = ListenResponse()
    response.target_change.target_change_type = kind
    response.target_change.target_ids.extend(target_ids)
    return response


def _refused(target_id: int, refusal: RpcError) -> Any:
    response = _target_change(_Type.REMOVE, target_id)
    response.target_change.cause.code = refusal.code.value[0]
    response.target_change.cause.message = refusal.message
    return response
