"""One database in memory: its documents, their past of an hour, and the indexes made so far."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from sortedcontainers import SortedDict

from infra.local.firestore.errors import failed_precondition
from infra.local.firestore.indexes import Index, Indexes, Spec
from infra.local.firestore.records import Record, parsed

PAST = 3_600_000_000  # microseconds that old versions are kept
MAX_PAST = 64 * 1024 * 1024  # bytes of old versions; above, the oldest are given up before their time

Listener = Callable[[Sequence["Change"]], None]


class Scope(NamedTuple):
    """A set of documents: of one collection, of all collections of one id, or all."""

    kind: str  # collection, group, all
    name: str  # path of the collection, id of the group, or empty

    @property
    def key(self) -> str:
        """What transactions wait for that query it; no path of a document."""
        return f"?{self.kind}/{self.name}"


class Change(NamedTuple):
    """One document before and after a commit."""

    path: str
    before: Record | None
    after: Record | None


class Database:
    """The documents of one database, by collection."""

    def __init__(self, name: str, started: int) -> None:
        self.name = name  # projects/P/databases/D
        self.root = f"{name}/documents"
        self.last_commit = 0  # microseconds since the epoch
        self.known_since = started  # from when on the past is known, in microseconds since the epoch
        self._collections: SortedDict[str, dict[str, Record]] = SortedDict()
        self._groups: defaultdict[str, set[str]] = defaultdict(set)
        self._indexes: dict[Scope, Indexes] = {}
        # By path: (moment, the version up to that moment), oldest first; None: there was no document.
        self._past: dict[str, list[tuple[int, Record | None]]] = {}
        self._past_order: deque[tuple[int, str]] = deque()
        self._past_size = 0  # bytes
        self.listeners: set[Listener] = set()  # called with the changes of every commit, once they are visible

    def get(self, path: str, at: int | None = None) -> Record | None:
        """The document at `path`, now or at a past time in microseconds since the epoch."""
        collection, _, name = path.rpartition("/")
        record: Record | None = self._collections.get(collection, _NOTHING).get(name)
        if at is None:
            return record
        for moment, version in self._past.get(path, ()):
            if moment > at:
                record = version
                break
        return record if record is not None and record.updated <= at else None

    def load(self, record: Record) -> None:
        """Take in what the disk has."""
        self._put(record)
        self.last_commit = max(self.last_commit, record.updated)

    def apply(self, changes: Sequence[Change], moment: int) -> None:
        """Make the changes of one commit, of time `moment`, visible."""
        self.last_commit = moment
        for path, before, after in changes:
            if before is not None or path in self._past:
                self._past.setdefault(path, []).append((moment, before))
                self._past_order.append((moment, path))
                self._past_size += len(before.data) if before is not None else 0
            if after is None:
                self._remove(path)
            else:
                self._put(after)
            if self._indexes:
                self._reindex(path, before, after)
        self._forget(moment - PAST)
        for listener in tuple(self.listeners):
            listener(changes)

    def check_past(self, at: int, now: int) -> None:
        """Whether reads at the past time `at` can be answered.

        Raises:
            RpcError: FAILED_PRECONDITION, it is too long ago.
        """
        if at < max(now - PAST, self.known_since):
            raise failed_precondition("The requested snapshot version is too old.")

    def records(self, scope: Scope, at: int | None = None) -> Iterator[Record]:
        """The documents of a scope, now or at a past time, in no order."""
        current = (record for path in self._paths(scope) for record in self._collections[path].values())
        if at is None:
            yield from current
            return
        for record in current:
            if record.path not in self._past and record.updated <= at:
                yield record
        for path in self._past:
            if in_scope(path, scope) and (version := self.get(path, at)) is not None:
                yield version

    def index(self, scope: Scope, spec: Spec, at: int | None = None) -> Index:
        """The index of that form over a scope; of the past, one made for the occasion."""
        if at is not None:
            return Index(spec, self.records(scope, at))
        indexes = self._indexes.get(scope)
        if indexes is None:
            indexes = self._indexes[scope] = Indexes()
        return indexes.get(spec, self.records(scope))

    def changed_since(self, at: int) -> Iterator[str]:
        """Paths of documents that have an old version from after `at`."""
        for moment, path in reversed(self._past_order):
            if moment <= at:
                return
            yield path

    def collections_below(self, parent: str, at: int | None = None) -> Iterator[str]:
        """Paths of all collections with documents at any depth below `parent` (empty: the root)."""
        start = f"{parent}/" if parent else ""
        seen = set()
        for path in self._collections.irange(start, f"{start}\U0010ffff"):
            if at is None or any(self.get(f"{path}/{name}", at) for name in self._collections[path]):
                seen.add(path)
        if at is not None:
            seen.update(
                path.rpartition("/")[0]
                for path in self._past
                if path.startswith(start) and self.get(path, at) is not None
            )
        yield from sorted(seen)

    def __len__(self) -> int:
        return sum(map(len, self._collections.values()))

    def _paths(self, scope: Scope) -> list[str]:
        if scope.kind == "collection":
            return [scope.name] if scope.name in self._collections else []
        return list(self._groups.get(scope.name, ()) if scope.kind == "group" else self._collections)

    def _put(self, record: Record) -> None:
        collection, _, name = record.path.rpartition("/")
        documents = self._collections.get(collection)
        if documents is None:
            documents = self._collections[collection] = {}
            self._groups[collection.rpartition("/")[2]].add(collection)
        documents[name] = record

    def _remove(self, path: str) -> None:
        collection, _, name = path.rpartition("/")
        documents = self._collections[collection]
        del documents[name]
        if not documents:
            del self._collections[collection]
            self._groups[collection.rpartition("/")[2]].discard(collection)

    def _reindex(self, path: str, before: Record | None, after: Record | None) -> None:
        collection = path.rpartition("/")[0]
        scopes = (Scope("collection", collection), Scope("group", collection.rpartition("/")[2]), ALL)
        affected = [indexes for scope in scopes if (indexes := self._indexes.get(scope)) is not None]
        with parsed(before), parsed(after):
            for indexes in affected:
                indexes.replace(before, after)

    def _forget(self, before: int) -> None:
        while self._past_order and (self._past_order[0][0] < before or self._past_size > MAX_PAST):
            moment, path = self._past_order.popleft()
            versions = self._past[path]
            _, version = versions.pop(0)
            self._past_size -= len(version.data) if version is not None else 0
            self.known_since = max(self.known_since, moment)
            if not versions:
                del self._past[path]


ALL = Scope("all", "")
_NOTHING: dict[str, Record] = {}


def in_scope(path: str, scope: Scope) -> bool:
    """Whether the document at `path` belongs to a scope."""
    collection = path.rpartition("/")[0]
    if scope.kind == "collection":
        return collection == scope.name
    return scope.kind == "all" or collection.rpartition("/")[2] == scope.name
