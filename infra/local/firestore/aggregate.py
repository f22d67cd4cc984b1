"""Aggregations over the answer of a query: count, sum and average."""

import math
from collections.abc import Iterable
from itertools import islice
from typing import Any

from infra.local.firestore.documents import field_at
from infra.local.firestore.errors import invalid
from infra.local.firestore.messages import AggregationResult, Value
from infra.local.firestore.paths import FieldPath, parse_field_path
from infra.local.firestore.records import Record

MAX_AGGREGATIONS = 5
_LARGEST, _SMALLEST = (1 << 63) - 1, -(1 << 63)


def aggregated_fields(aggregations: Any) -> list[FieldPath]:
    """The fields that documents must have to be counted: those summed or averaged."""
    kinds = ((each, each.WhichOneof("operator")) for each in aggregations)
    paths = (parse_field_path(getattr(each, kind).field.field_path) for each, kind in kinds if kind in {"sum", "avg"})
    return list(dict.fromkeys(paths))


def aggregate(aggregations: Any, records: Iterable[Record]) -> Any:
    """The result of all aggregations over the documents.

    Raises:
        RpcError: INVALID_ARGUMENT, there are none or more than five, or an alias is taken twice.
    """
    if not aggregations:
        raise invalid("Aggregations can not be empty.")
    if len(aggregations) > MAX_AGGREGATIONS:
        raise invalid(f"A query has at most {MAX_AGGREGATIONS} aggregations, not {len(aggregations)}.")
    found = list(records)
    result = AggregationResult()
    for alias, each in zip(_aliases(aggregations), aggregations, strict=True):
        result.aggregate_fields[alias].CopyFrom(_one(each, found))
    return result


def _aliases(aggregations: Any) -> list[str]:
    """Those given; the others are `field_1`, `field_2`, and so on."""
    given = {each.alias for each in aggregations if each.alias}
    if len(given) < sum(bool(each.alias) for each in aggregations):
        raise invalid("Aggregation aliases contain duplicate alias.")
    names, number = [], 1
    for each in aggregations:
        if each.alias:
            names.append(each.alias)
            continue
        while f"field_{number}" in given:
            number += 1
        names.append(f"field_{number}")
        number += 1
    return names


def _one(aggregation: Any, found: list[Record]) -> Any:
    kind = aggregation.WhichOneof("operator")
    if kind == "count":
        counted: Iterable[Record] = found
        if aggregation.count.HasField("up_to"):
            if aggregation.count.up_to.value <= 0:
                raise invalid("Count.up_to must be greater than zero.")
            counted = islice(found, aggregation.count.up_to.value)
        return Value(integer_value=sum(1 for _ in counted))
    if kind not in {"sum", "avg"}:
        raise invalid("An aggregation has no operator.")
    path = parse_field_path(getattr(aggregation, kind).field.field_path)
    numbers = [number for record in found if (number := _number(field_at(record.document().fields, path))) is not None]
    return _sum(numbers) if kind == "sum" else _average(numbers)


def _number(value: Any | None) -> int | float | None:
    kind = None if value is None else value.WhichOneof("value_type")
    return getattr(value, kind) if kind in {"integer_value", "double_value"} else None


def _sum(numbers: list[int | float]) -> Any:
    if all(isinstance(number, int) for number in numbers):
        total = sum(numbers)
        return Value(integer_value=total) if _SMALLEST <= total <= _LARGEST else Value(double_value=float(total))
    return Value(double_value=_total(numbers))


def _total(numbers: list[int | float]) -> float:
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):  # beyond a double, or both infinities
        return float(sum(map(float, numbers)))


def _average(numbers: list[int | float]) -> Any:
    return Value(double_value=_total(numbers) / len(numbers)) if numbers else Value(null_value=0)
