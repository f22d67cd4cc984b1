"""Field transforms: values that the server makes out of what a document holds."""

import math
from collections.abc import Callable
from typing import Any

from infra.local.firestore.documents import field_at, place_for
from infra.local.firestore.errors import invalid
from infra.local.firestore.messages import Value, set_time
from infra.local.firestore.paths import parse_field_path
from infra.local.firestore.values import encode

_LARGEST, _SMALLEST = (1 << 63) - 1, -(1 << 63)
_MILLISECOND = 1000  # in microseconds: the precision of server timestamps


def transform(document: Any, transforms: Any, request_time: int) -> list[Any]:
    """Apply the transforms in order, in place; gives the result of each, as a WriteResult has it.

    Raises:
        RpcError: INVALID_ARGUMENT, a transform has no kind or not a number where one is wanted.
    """
    return [_transform_one(document, each, request_time) for each in transforms]


def _transform_one(document: Any, each: Any, request_time: int) -> Any:
    path = parse_field_path(each.field_path)
    kind = each.WhichOneof("transform_type")
    stored = field_at(document.fields, path)
    result = Value()
    if kind == "set_to_server_value":
        if each.set_to_server_value != 1:
            raise invalid(f"Unknown server value {each.set_to_server_value} for the field {each.field_path}.")
        set_time(result.timestamp_value, request_time - request_time % _MILLISECOND)
    elif kind in _NUMERIC:
        result = _NUMERIC[kind](stored, _number(getattr(each, kind), each.field_path))
    elif kind in _ARRAY:
        place_for(document.fields, path).CopyFrom(_ARRAY[kind](stored, getattr(each, kind).values))
        return Value(null_value=0)
    else:
        raise invalid(f"The transform of the field {each.field_path} has no type.")
    place_for(document.fields, path).CopyFrom(result)
    return result


def _number(value: Any, field: str) -> Any:
    if value.WhichOneof("value_type") not in {"integer_value", "double_value"}:
        raise invalid(f"The transform of the field {field} wants an integer or a double.")
    return value


def _plain(value: Any | None) -> int | float | None:
    """The number a value holds, or None."""
    if value is None:
        return None
    kind = value.WhichOneof("value_type")
    return getattr(value, kind) if kind in {"integer_value", "double_value"} else None


def _increment(stored: Any | None, by: Any) -> Any:
    number, step = _plain(stored), _plain(by)
    if number is None or step is None:
        return by
    if isinstance(number, int) and isinstance(step, int):
        return Value(integer_value=max(_SMALLEST, min(_LARGEST, number + step)))
    return Value(double_value=float(number) + float(step))


def _extreme(stored: Any | None, given: Any, *, largest: bool) -> Any:
    number, other = _plain(stored), _plain(given)
    if number is None or other is None:
        return given
    for value, plain in ((stored, number), (given, other)):
        if math.isnan(plain):
            return value
    return given if (other > number if largest else other < number) else stored


def _append_missing(stored: Any | None, elements: Any) -> Any:
    result = Value()
    result.array_value.SetInParent()
    if stored is not None and stored.WhichOneof("value_type") == "array_value":
        result.CopyFrom(stored)
    known = {encode(element) for element in result.array_value.values}
    for element in elements:
        key = encode(element)
        if key not in known:
            known.add(key)
            result.array_value.values.append(element)
    return result


def _remove_all(stored: Any | None, elements: Any) -> Any:
    result = Value()
    result.array_value.SetInParent()
    if stored is not None and stored.WhichOneof("value_type") == "array_value":
        gone = {encode(element) for element in elements}
        result.array_value.values.extend(kept for kept in stored.array_value.values if encode(kept) not in gone)
    return result


_NUMERIC: dict[str, Callable[[Any | None, Any], Any]] = {
    "increment": _increment,
    "maximum": lambda stored, given: _extreme(stored, given, largest=True),
    "minimum": lambda stored, given: _extreme(stored, given, largest=False),
}
_ARRAY: dict[str, Callable[[Any | None, Any], Any]] = {
    "append_missing_elements": _append_missing,
    "remove_all_from_array": _remove_all,
}
