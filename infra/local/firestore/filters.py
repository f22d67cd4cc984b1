"""Filters of a query, brought into a disjunction of conjunctions of bounds on sort keys."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, NamedTuple

from infra.local.firestore.documents import field_at
from infra.local.firestore.errors import invalid
from infra.local.firestore.messages import StructuredQuery
from infra.local.firestore.paths import NAME, FieldPath, parse_field_path
from infra.local.firestore.records import Record
from infra.local.firestore.values import LAST, NAN_KEY, NULL_KEY, encode

MAX_DISJUNCTS = 30
MAX_NOT_IN = 10

_Op = StructuredQuery.FieldFilter.Operator
_Unary = StructuredQuery.UnaryFilter.Operator
_ORDERED = {_Op.LESS_THAN, _Op.LESS_THAN_OR_EQUAL, _Op.GREATER_THAN, _Op.GREATER_THAN_OR_EQUAL}
_NOT_NULL = bytes([NULL_KEY[0] + 1])

Test = Callable[[bytes], bool]


class Range(NamedTuple):
    """Sort keys from `low` to before `high`."""

    low: bytes
    high: bytes

    def intersect(self, other: "Range") -> "Range":
        """What is in both."""
        return Range(max(self.low, other.low), min(self.high, other.high))


@dataclass(frozen=True)
class Conjunction:
    """Conditions a document meets all of; keys are sort keys of values."""

    equal: dict[FieldPath, bytes] = field(default_factory=dict)
    contains: tuple[tuple[FieldPath, bytes], ...] = ()  # one at most
    ranges: dict[FieldPath, Range] = field(default_factory=dict)
    excluded: tuple[tuple[FieldPath, frozenset[bytes]], ...] = ()
    impossible: bool = False

    def matches(self, record: Record, name_key: bytes) -> bool:
        """Whether a document meets all conditions."""
        if self.impossible:
            return False
        fields = record.document().fields

        def key(path: FieldPath) -> bytes | None:
            if path == NAME:
                return name_key
            value = field_at(fields, path)
            return None if value is None else encode(value)

        return (
            all(key(path) == wanted for path, wanted in self.equal.items())
            and all(bounds.low <= (key(path) or b"") < bounds.high for path, bounds in self.ranges.items())
            and all(key(path) not in keys for path, keys in self.excluded)
            and all(_has_element(field_at(fields, path), wanted) for path, wanted in self.contains)
        )

    def fields(self) -> set[FieldPath]:
        """The fields it is about."""
        contains, excluded = (path for path, _ in self.contains), (path for path, _ in self.excluded)
        return {*self.equal, *self.ranges, *contains, *excluded}

    def merged(self, other: "Conjunction") -> "Conjunction":
        """Both at once."""
        clash = any(self.equal.get(path, key) != key for path, key in other.equal.items())
        ranges = dict(self.ranges)
        for path, bounds in other.ranges.items():
            ranges[path] = ranges[path].intersect(bounds) if path in ranges else bounds
        return Conjunction(
            {**self.equal, **other.equal},
            self.contains + other.contains,
            ranges,
            self.excluded + other.excluded,
            impossible=self.impossible or other.impossible or clash,
        )


def _has_element(value: Any | None, wanted: bytes) -> bool:
    if value is None or value.WhichOneof("value_type") != "array_value":
        return False
    return any(encode(element) == wanted for element in value.array_value.values)


@dataclass(frozen=True)
class Where:
    """All conditions of a query."""

    disjuncts: tuple[Conjunction, ...]
    inequalities: tuple[FieldPath, ...]  # fields that the implicit order takes in, sorted


def parse_where(message: Any | None, name_key: Callable[[Any], bytes]) -> Where:
    """Bring a filter into disjunctive form; `name_key` gives the sort key of a value compared with the name.

    Raises:
        RpcError: INVALID_ARGUMENT, the combination is not allowed.
    """
    if message is None:
        return Where((Conjunction(),), ())
    leaves = list(_leaves(message))
    _check_combination(leaves, has_or=_has_or(message))
    disjuncts = _disjuncts(message, name_key)
    if any(len(part.contains) > 1 for part in disjuncts):
        raise invalid("A maximum of 1 'ARRAY_CONTAINS' or 'ARRAY_CONTAINS_ANY' filter is allowed per disjunction.")
    inequalities = {parse_field_path(leaf.field.field_path) for leaf in leaves if _is_inequality(leaf)}
    return Where(tuple(disjuncts), tuple(sorted(inequalities)))


def _leaves(message: Any) -> Iterator[Any]:
    kind = message.WhichOneof("filter_type")
    if kind == "composite_filter":
        for part in message.composite_filter.filters:
            yield from _leaves(part)
    elif kind is None:
        raise invalid("A filter has no type.")
    else:
        yield getattr(message, kind)


def _has_or(message: Any) -> bool:
    composite = message.composite_filter
    several = composite.op == StructuredQuery.CompositeFilter.Operator.OR and len(composite.filters) > 1
    return several or any(map(_has_or, composite.filters))


def _is_unary(leaf: Any) -> bool:
    return bool(leaf.DESCRIPTOR.name == "UnaryFilter")


def _is_inequality(leaf: Any) -> bool:
    if _is_unary(leaf):
        return leaf.op in {_Unary.IS_NOT_NAN, _Unary.IS_NOT_NULL}
    return leaf.op in _ORDERED or leaf.op in {_Op.NOT_EQUAL, _Op.NOT_IN}


def _check_combination(leaves: list[Any], *, has_or: bool) -> None:
    plain = [leaf for leaf in leaves if not _is_unary(leaf)]
    not_in = sum(leaf.op == _Op.NOT_IN for leaf in plain)
    not_equal = sum(leaf.op == _Op.NOT_EQUAL for leaf in plain) + sum(
        _is_unary(leaf) and _is_inequality(leaf) for leaf in leaves
    )
    if not_in and (has_or or any(leaf.op in {_Op.IN, _Op.ARRAY_CONTAINS_ANY} for leaf in plain)):
        raise invalid("'NOT_IN' cannot be used in the same query with 'IN', 'ARRAY_CONTAINS_ANY' or 'OR'.")
    if not_in + not_equal > 1:
        raise invalid("A query has at most one filter of 'NOT_EQUAL', 'NOT_IN', 'IS_NOT_NULL' and 'IS_NOT_NAN'.")


def _disjuncts(message: Any, name_key: Callable[[Any], bytes]) -> list[Conjunction]:
    kind = message.WhichOneof("filter_type")
    if kind != "composite_filter":
        leaf = getattr(message, kind)
        return _unary(leaf) if _is_unary(leaf) else _comparison(leaf, name_key)
    composite = message.composite_filter
    if not composite.filters:
        raise invalid("A composite filter must have at least one filter.")
    parts = [_disjuncts(part, name_key) for part in composite.filters]
    if composite.op == StructuredQuery.CompositeFilter.Operator.OR:
        return _limited([each for part in parts for each in part])
    if composite.op != StructuredQuery.CompositeFilter.Operator.AND:
        raise invalid("A composite filter has no operator.")
    result = [Conjunction()]
    for part in parts:
        result = _limited([left.merged(right) for left, right in product(result, part)])
    return result


def _limited(disjuncts: list[Conjunction]) -> list[Conjunction]:
    if len(disjuncts) > MAX_DISJUNCTS:
        raise invalid(
            f"The query has {len(disjuncts)} disjunctions after normalization; at most {MAX_DISJUNCTS} are allowed."
        )
    return disjuncts


def _unary(leaf: Any) -> list[Conjunction]:
    path = parse_field_path(leaf.field.field_path)
    if leaf.op == _Unary.IS_NULL:
        return [Conjunction(equal={path: NULL_KEY})]
    if leaf.op == _Unary.IS_NAN:
        return [Conjunction(equal={path: NAN_KEY})]
    not_null = Conjunction(ranges={path: Range(_NOT_NULL, LAST)})
    if leaf.op == _Unary.IS_NOT_NULL:
        return [not_null]
    if leaf.op == _Unary.IS_NOT_NAN:
        return [replace(not_null, excluded=((path, frozenset({NAN_KEY})),))]
    raise invalid(f"Unknown unary operator {leaf.op}.")


def _comparison(leaf: Any, name_key: Callable[[Any], bytes]) -> list[Conjunction]:
    path, op = parse_field_path(leaf.field.field_path), leaf.op
    if leaf.value.WhichOneof("value_type") is None:
        raise invalid(f"The filter on {leaf.field.field_path} has no value.")
    if op in {_Op.IN, _Op.NOT_IN, _Op.ARRAY_CONTAINS_ANY}:
        return _with_list(path, op, leaf.value, name_key)
    if path == NAME:
        if op == _Op.ARRAY_CONTAINS:
            raise invalid("The operator 'ARRAY_CONTAINS' cannot be used with __name__.")
        key = name_key(leaf.value)
    else:
        key = encode(leaf.value)
    if op == _Op.EQUAL:
        return [Conjunction(equal={path: key})]
    if op == _Op.ARRAY_CONTAINS:
        return [Conjunction(contains=((path, key),))]
    if op == _Op.NOT_EQUAL:
        return [Conjunction(ranges={path: Range(_NOT_NULL, LAST)}, excluded=((path, frozenset({key})),))]
    if op not in _ORDERED:
        raise invalid(f"Unknown operator {op}.")
    return [Conjunction(ranges={path: _range(op, key)})]


def _range(op: int, key: bytes) -> Range:
    """Inequalities compare within the type of their value."""
    if op == _Op.LESS_THAN:
        return Range(key[:1], key)
    if op == _Op.LESS_THAN_OR_EQUAL:
        return Range(key[:1], key + LAST)
    low = key if op == _Op.GREATER_THAN_OR_EQUAL else key + LAST
    return Range(low, bytes([key[0] + 1]))


def _with_list(path: FieldPath, op: int, value: Any, name_key: Callable[[Any], bytes]) -> list[Conjunction]:
    name = _Op.Name(op)
    if value.WhichOneof("value_type") != "array_value" or not value.array_value.values:
        raise invalid(f"'{name}' requires a non-empty ArrayValue.")
    values = value.array_value.values
    if path == NAME and op == _Op.ARRAY_CONTAINS_ANY:
        raise invalid(f"The operator '{name}' cannot be used with __name__.")
    keys = _unique(name_key(each) if path == NAME else encode(each) for each in values)
    if op == _Op.NOT_IN:
        if len(values) > MAX_NOT_IN:
            raise invalid(f"'NOT_IN' supports up to {MAX_NOT_IN} comparison values.")
        not_null = Range(_NOT_NULL, LAST)
        return [Conjunction(ranges={path: not_null}, excluded=((path, frozenset(keys)),), impossible=NULL_KEY in keys)]
    if len(values) > MAX_DISJUNCTS:
        raise invalid(f"'{name}' supports up to {MAX_DISJUNCTS} comparison values.")
    if op == _Op.IN:
        return [Conjunction(equal={path: key}) for key in keys]
    return [Conjunction(contains=((path, key),)) for key in keys]


def _unique(keys: Iterable[bytes]) -> list[bytes]:
    return list(dict.fromkeys(keys))
