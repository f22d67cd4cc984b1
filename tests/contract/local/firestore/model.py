"""Firestore as a dictionary: what every write must do, in the plainest words there are."""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.cloud import firestore

from tests.contract.local.firestore.model_values import equal, exact

Fields = dict[str, Any]


class Refused(Exception):
    """The real service would refuse this write; `code` says how."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Document:
    """A stored document; its version rises with every write that changes it."""

    fields: Fields
    version: int


@dataclass(frozen=True)
class Write:
    """One write: `create`, `set`, `merge`, `update` or `delete`, as Google's clients name them."""

    kind: str
    path: str
    data: Fields = field(default_factory=dict)  # update: by dotted path; DELETE_FIELD and transforms as values
    version: int | None = None  # must be the document's, where given
    exists: bool = False  # a delete that wants the document


class Model:
    """All documents by path, and how writes change them."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self._versions = 0

    def commit(self, writes: list[Write]) -> None:
        """Apply all writes in order, or none.

        Raises:
            Refused: a write's precondition does not hold; nothing has changed.
        """
        before = copy.deepcopy(self.documents)
        try:
            for write in writes:
                self._apply(write)
        except Refused:
            self.documents = before
            raise

    def fields(self, path: str) -> Fields | None:
        """A document's fields, None where it does not exist."""
        stored = self.documents.get(path)
        return stored.fields if stored else None

    def _apply(self, write: Write) -> None:
        stored = self.documents.get(write.path)
        if write.kind == "create" and stored:
            raise Refused("ALREADY_EXISTS")
        if not stored and (write.kind == "update" or write.exists):
            raise Refused("NOT_FOUND")
        if stored and write.version is not None and write.version != stored.version:
            raise Refused("FAILED_PRECONDITION")
        if write.kind == "delete":
            self.documents.pop(write.path, None)
            return
        changed = copy.deepcopy(stored.fields) if stored and write.kind in ("merge", "update") else {}
        for way, value in _dotted(write.data) if write.kind == "update" else _leaves(write.data):
            _put(changed, way, value)
        if not stored or exact(changed) != exact(stored.fields):
            self._versions += 1
            self.documents[write.path] = Document(changed, self._versions)


def _dotted(changes: Fields) -> Iterator[tuple[list[str], Any]]:
    for path, value in changes.items():
        yield path.split("."), value


def _leaves(data: Fields) -> Iterator[tuple[list[str], Any]]:
    for name, value in data.items():
        if isinstance(value, dict) and value:
            for way, leaf in _leaves(value):
                yield [name, *way], leaf
        else:
            yield [name], value


def _put(into: Fields, way: list[str], value: Any) -> None:
    first, *rest = way
    if value is firestore.DELETE_FIELD:
        if not rest:
            into.pop(first, None)
        elif isinstance(into.get(first), dict):
            _put(into[first], rest, value)
    elif not rest:
        into[first] = computed(into.get(first), value)
    else:
        if not isinstance(into.get(first), dict):
            into[first] = {}
        _put(into[first], rest, value)


def computed(current: Any, value: Any) -> Any:
    """What a field becomes: the value itself, or what a transform makes of the current one."""
    if isinstance(value, firestore.ArrayUnion):
        result = list(current) if isinstance(current, list) else []
        for element in value.values:
            if not any(equal(element, there) for there in result):
                result.append(element)
        return result
    if isinstance(value, firestore.ArrayRemove):
        there = current if isinstance(current, list) else []
        return [element for element in there if not any(equal(element, gone) for gone in value.values)]
    if isinstance(value, firestore.Increment | firestore.Maximum | firestore.Minimum):
        return _number(current, value)
    return copy.deepcopy(value)


def _number(current: Any, transform: Any) -> Any:
    operand = transform.value
    if isinstance(current, bool) or not isinstance(current, int | float):
        return operand
    if isinstance(transform, firestore.Increment):
        total = current + operand
        return max(-(2**63), min(total, 2**63 - 1)) if isinstance(total, int) else total
    if math.isnan(current) or math.isnan(operand):
        return math.nan
    wanted = operand > current if isinstance(transform, firestore.Maximum) else operand < current
    return operand if wanted else current
