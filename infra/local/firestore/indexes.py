"""Sorted indexes in memory: made when a query first wants one, then kept up with every write."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, Literal, NamedTuple

from sortedcontainers import SortedList

from infra.local.firestore.documents import field_at
from infra.local.firestore.paths import NAME, FieldPath
from infra.local.firestore.records import Record
from infra.local.firestore.values import encode, encode_path, turned

Kind = Literal["up", "down", "contains"]
Entry = tuple[bytes, str]  # the key, and the path of the document

MAX_INDEXES = 64  # of one collection; the least recently used gives way


class Component(NamedTuple):
    """One field of an index: ascending, descending, or each element of an array."""

    path: FieldPath
    kind: Kind


Spec = tuple[Component, ...]  # the last one is always the name


def component_key(component: Component, value: Any) -> list[bytes]:
    """The keys under which a value stands in an index at this component; none if the index leaves it out."""
    if component.kind == "contains":
        if value.WhichOneof("value_type") != "array_value":
            return []
        return sorted({encode(element) for element in value.array_value.values})
    key = encode(value)
    return [turned(key) if component.kind == "down" else key]


def name_key(path: str, kind: Kind = "up") -> bytes:
    """The key of a document's path."""
    key = encode_path(path.split("/"))
    return turned(key) if kind == "down" else key


class Index:
    """The documents of one scope that have all fields of the index, by key."""

    def __init__(self, spec: Spec, records: Iterable[Record]) -> None:
        self.spec = spec
        entries = ((key, record.path) for record in records for key in self._keys_of(record))
        self._entries: SortedList[Entry] = SortedList(entries)

    def replace(self, before: Record | None, after: Record | None) -> None:
        """Follow a write to a document; None: it was not, or is no longer there."""
        # The old keys are made again rather than kept: writes are few next to the documents that lie still.
        old = self._keys_of(before) if before is not None else []
        new = self._keys_of(after) if after is not None else []
        if old == new:
            return
        if before is not None:
            for key in old:
                self._entries.remove((key, before.path))
        if after is not None:
            self._entries.update((key, after.path) for key in new)

    def scan(self, low: bytes, high: bytes, *, backwards: bool) -> Iterator[str]:
        """Paths of the documents with low ≤ key < high, in order."""
        for _, path in self._entries.irange((low,), (high,), reverse=backwards):
            yield path

    def _keys_of(self, record: Record) -> list[bytes]:
        parts: list[list[bytes]] = []
        for component in self.spec:
            if component.path == NAME:
                parts.append([name_key(record.path, component.kind)])
                continue
            value = field_at(record.document().fields, component.path)
            keys = [] if value is None else component_key(component, value)
            if not keys:
                return []
            parts.append(keys)
        return [b"".join(combination) for combination in product(*parts)]


class Indexes:
    """The indexes of one scope, the least recently used of them dropped when there are too many."""

    def __init__(self) -> None:
        self._by_spec: OrderedDict[Spec, Index] = OrderedDict()

    def get(self, spec: Spec, records: Iterable[Record]) -> Index:
        """The index of that form; made out of `records`, all those of the scope, when there is none."""
        index = self._by_spec.get(spec)
        if index is None:
            index = self._by_spec[spec] = Index(spec, records)
            if len(self._by_spec) > MAX_INDEXES:
                self._by_spec.popitem(last=False)
        else:
            self._by_spec.move_to_end(spec)
        return index

    def replace(self, before: Record | None, after: Record | None) -> None:
        """Follow a write."""
        for index in self._by_spec.values():
            index.replace(before, after)
