"""The deployed index definitions (`firestore.indexes.json`), and whether they serve a query.

A conjunction is served by indexes whose fields are some of its equalities, in any order, and then the fields of
the query's order, with the same directions; several such indexes together must cover all equalities (they are
merged). Every field of a collection has a built-in ascending, descending and array-contains index, unless a field
override says otherwise; for collection groups there are none but those of overrides and composites.
https://firebase.google.com/docs/firestore/query-data/index-overview
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from infra.local.firestore.errors import failed_precondition
from infra.local.firestore.filters import Conjunction
from infra.local.firestore.paths import NAME, FieldPath, format_field_path, parse_field_path
from infra.local.firestore.query import Query
from infra.local.rpc import RpcError

_ANY_FIELD: FieldPath = ("*",)


Order = Literal["ASCENDING", "DESCENDING"]
QueryScope = Literal["COLLECTION", "COLLECTION_GROUP"]


class _Strict(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Whatever is not known here might change which queries are served."""


class _IndexField(_Strict):
    field_path: str
    order: Order | None = None
    array_config: Literal["CONTAINS"] | None = None
    vector_config: Any = None  # no query here can use such an index

    def __post_init__(self) -> None:
        if [self.order, self.array_config, self.vector_config].count(None) != 2:  # noqa: PLR2004 - all but one
            raise ValueError("exactly one of order, arrayConfig and vectorConfig is required")


class _CompositeIndex(_Strict):
    collection_group: str
    fields: list[_IndexField]
    query_scope: QueryScope = "COLLECTION"
    density: Literal["SPARSE_ALL"] | None = None  # as the Firebase CLI writes it of every index of such a database


class _SingleIndex(_Strict):
    order: Order | None = None
    array_config: Literal["CONTAINS"] | None = None
    query_scope: QueryScope = "COLLECTION"


class _FieldOverride(_Strict):
    collection_group: str
    field_path: str
    indexes: list[_SingleIndex] = field(default_factory=list)
    ttl: bool = False


class _File(_Strict):
    indexes: list[_CompositeIndex] = []
    field_overrides: list[_FieldOverride] = []


class Part(NamedTuple):
    """One field of an index, or of what a query needs."""

    path: FieldPath
    mode: str  # ASCENDING, DESCENDING or CONTAINS


class TtlPolicy(NamedTuple):
    """Documents of a collection group go once the time in a field is past."""

    collection_group: str
    path: FieldPath


@dataclass(frozen=True)
class Definitions:
    """What is deployed."""

    composites: dict[tuple[str, str], list[tuple[Part, ...]]]  # by collection group and query scope
    overrides: dict[tuple[str, FieldPath], list[_SingleIndex]]
    ttl: tuple[TtlPolicy, ...]

    def check(self, query: Query) -> None:
        """Whether the indexes serve a query.

        Raises:
            RpcError: FAILED_PRECONDITION, they do not; names the index that is missing.
        """
        scope = "COLLECTION_GROUP" if query.all_descendants else "COLLECTION"
        if not query.collection_id:
            return  # only names can be asked for there
        for part in query.where.disjuncts:
            needed = _Needed.of(query, part)
            # What is only summed up may be sorted either way.
            free = query.summed and not query.explicit_orders and not query.where.inequalities
            ways = [needed, needed.turned()] if free else [needed]
            if not any(self._serves(query.collection_id, scope, way) for way in ways):
                wanted = json.dumps(needed.definition(query.collection_id, scope))
                raise failed_precondition(f"The query requires an index. firestore.indexes.json lacks: {wanted}")

    def _serves(self, group: str, scope: str, needed: "_Needed") -> bool:
        if not needed.equal and needed.order == (Part(NAME, "ASCENDING"),):
            return True
        covered: set[FieldPath] = set()
        found = False
        for index in self._indexes(group, scope, needed):
            cut = len(index) - len(needed.order)
            if cut < 0 or index[cut:] != needed.order or not all(map(needed.has_equality, index[:cut])):
                continue
            found = True
            covered.update(part.path for part in index[:cut])
        return found and covered == {part.path for part in needed.equal}

    def _indexes(self, group: str, scope: str, needed: "_Needed") -> Iterator[tuple[Part, ...]]:
        yield from self.composites.get((group, scope), ())
        for path in {part.path for part in (*needed.equal, *needed.order) if part.path != NAME}:
            for mode in self._built_in(group, scope, path):
                yield _with_name([Part(path, mode)])

    def _built_in(self, group: str, scope: str, path: FieldPath) -> list[str]:
        # What is said of a map holds for the fields within.
        within = [(group, path[:depth]) for depth in range(len(path), 0, -1)]
        for key in (*within, (group, _ANY_FIELD)):
            if key in self.overrides:
                indexes = self.overrides[key]
                return [each.order or "CONTAINS" for each in indexes if each.query_scope == scope]
        return ["ASCENDING", "DESCENDING", "CONTAINS"] if scope == "COLLECTION" else []


@dataclass(frozen=True)
class _Needed:
    """What a conjunction needs of indexes."""

    equal: frozenset[Part]
    order: tuple[Part, ...]  # the name comes last

    @classmethod
    def of(cls, query: Query, part: Conjunction) -> "_Needed":
        equal = {Part(path, "ASCENDING") for path in part.equal if path != NAME}
        equal |= {Part(path, "CONTAINS") for path, _ in part.contains}
        fixed = {each.path for each in equal if each.mode != "CONTAINS"}
        order = [Part(path, _mode(descending=down)) for path, down in query.orders if path not in fixed]
        return cls(frozenset(equal), tuple(order))

    def turned(self) -> "_Needed":
        """The same, sorted the other way round."""
        other = {"ASCENDING": "DESCENDING", "DESCENDING": "ASCENDING"}
        return _Needed(self.equal, tuple(Part(path, other[mode]) for path, mode in self.order))

    def has_equality(self, part: Part) -> bool:
        """Whether a field of an index is one of the equalities; which way it sorts is all the same then."""
        return part in self.equal or (part.mode == "DESCENDING" and Part(part.path, "ASCENDING") in self.equal)

    def definition(self, group: str, scope: str) -> dict[str, object]:
        """The composite index that would do, as firestore.indexes.json has it."""
        order = self.order if self.order != _with_name(self.order[:-1]) else self.order[:-1]
        fields = [
            {"fieldPath": format_field_path(path), **({"arrayConfig": mode} if mode == "CONTAINS" else {"order": mode})}
            for path, mode in (*sorted(self.equal), *order)
        ]
        return {"collectionGroup": group, "queryScope": scope, "fields": fields}


def load_definitions(file: Path) -> Definitions:
    """Read a file in the format of the Firebase CLI.

    Raises:
        ValueError: it is not of that format.
        OSError: it cannot be read.
    """
    try:
        return _definitions(msgspec.json.decode(file.read_bytes(), type=_File))
    except (msgspec.MsgspecError, RpcError) as exc:
        raise ValueError(f"{file}: {exc}") from exc


def _definitions(given: _File) -> Definitions:
    composites: dict[tuple[str, str], list[tuple[Part, ...]]] = {}
    for index in given.indexes:
        if any(each.vector_config is not None for each in index.fields):
            continue
        parts = [Part(_path(each.field_path), each.order or each.array_config or "") for each in index.fields]
        composites.setdefault((index.collection_group, index.query_scope), []).append(_with_name(parts))
    overrides = {(each.collection_group, _path(each.field_path)): each.indexes for each in given.field_overrides}
    ttl = tuple(TtlPolicy(each.collection_group, _path(each.field_path)) for each in given.field_overrides if each.ttl)
    return Definitions(composites, overrides, ttl)


def _path(text: str) -> FieldPath:
    return _ANY_FIELD if text == "*" else parse_field_path(text)


def _mode(*, descending: bool) -> str:
    return "DESCENDING" if descending else "ASCENDING"


def _with_name(parts: Iterable[Part]) -> tuple[Part, ...]:
    """An index as it is: names end it, in the direction of its last field."""
    parts = tuple(parts)
    if parts and parts[-1].path == NAME:
        return parts
    down = bool(parts) and parts[-1].mode == "DESCENDING"
    return (*parts, Part(NAME, _mode(descending=down)))
