"""The limits of documents (https://firebase.google.com/docs/firestore/quotas), and the form values are kept in."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from infra.local.firestore.errors import invalid
from infra.local.firestore.paths import FieldPath, parse_document, parse_field_path
from infra.local.firestore.sizes import document_size, name_size
from infra.local.firestore.values import is_vector

MAX_DOCUMENT = 1024 * 1024  # bytes
MAX_REQUEST = 10 * 1024 * 1024  # bytes
MAX_VALUE = MAX_DOCUMENT - 89  # bytes of a string or bytes
MAX_DEPTH = 20  # of maps and arrays
MAX_FIELD_NAME = 1500  # bytes
MAX_SEGMENT = 1500  # bytes of the id of a document or a collection
MAX_NAME = 6 * 1024  # bytes
MAX_SEGMENTS = 200  # 100 subcollections deep
MAX_TRANSFORMS = 500  # of one document in one write
MAX_DIMENSIONS = 2048  # of a vector

_RESERVED = re.compile(r"__.*__\Z", re.DOTALL)
_SHORT = 300  # characters that are below every limit whatever their bytes


def check_request(writes: Any) -> None:
    """Check the size of a commit.

    Raises:
        RpcError: INVALID_ARGUMENT, it is above 10 MiB.
    """
    if (size := sum(write.ByteSize() for write in writes)) > MAX_REQUEST:
        raise invalid(f"Request payload size ({size:,} bytes) exceeds the limit: {MAX_REQUEST} bytes.")


def check_path(path: str) -> None:
    """Check the path of a document to be made.

    Raises:
        RpcError: INVALID_ARGUMENT, an id is reserved or too long, or the whole is.
    """
    segments = path.split("/")
    for segment in segments:
        if segment in {".", ".."}:
            raise invalid(f'The id "{segment}" in {path[:_SHORT]} is not allowed.')
        if _RESERVED.match(segment):
            raise invalid(f'The id "{segment[:_SHORT]}" is reserved: it begins and ends with "__".')
        if len(segment) > _SHORT and len(segment.encode()) > MAX_SEGMENT:
            raise invalid(f"The id {segment[:40]}… is longer than {MAX_SEGMENT} bytes.")
    if len(segments) > MAX_SEGMENTS or (len(path) > _SHORT and name_size(path) > MAX_NAME):
        raise invalid(f"The name of a document is at most {MAX_NAME} bytes and {MAX_SEGMENTS} segments long.")


def check_transforms(transforms: Any) -> None:
    """Check the transforms of a write, and cut their timestamps to microseconds.

    Raises:
        RpcError: INVALID_ARGUMENT, there are more than 500, or a field or a value is not allowed.
    """
    if len(transforms) > MAX_TRANSFORMS:
        raise invalid(f"A write has at most {MAX_TRANSFORMS} transforms.")
    for each in transforms:
        check_field_path(each.field_path)
        kind = each.WhichOneof("transform_type")
        if kind in {"append_missing_elements", "remove_all_from_array"}:
            _check_elements(getattr(each, kind).values, each.field_path, 1)


def check_mask(mask: Any) -> None:
    """Check the fields that a write is about.

    Raises:
        RpcError: INVALID_ARGUMENT, one is not allowed, or within another.
    """
    paths = [check_field_path(text) for text in mask.field_paths]
    known = set(paths)
    if any(path[:depth] in known for path in paths for depth in range(1, len(path))):
        raise invalid("The update_mask has a field and a part of it.")


@lru_cache(maxsize=4096)
def check_field_path(text: str) -> FieldPath:
    """Check and split the path of a field to be written.

    Raises:
        RpcError: INVALID_ARGUMENT, it is none, reserved, too long or too deep.
    """
    path = parse_field_path(text)
    for name in path:
        _check_name(name)
    _check_depth(text, len(path) - 1)
    if len(text) > _SHORT and len(text.encode()) > MAX_FIELD_NAME:
        raise invalid(f"The field path {text[:40]}… is longer than {MAX_FIELD_NAME} bytes.")
    return path


def check_fields(fields: Any) -> None:
    """Check the fields of a write, and cut timestamps to microseconds, as they are kept.

    Raises:
        RpcError: INVALID_ARGUMENT, a value or a field name is not allowed.
    """
    for name in fields:  # its `items` are Python's, and slow
        _check_name(name)
        check_value(fields[name], name, 1)


def check_value(value: Any, name: str, depth: int = 1) -> None:
    """Check one value of the field `name`, `depth` levels down, and cut its timestamps to microseconds.

    Raises:
        RpcError: INVALID_ARGUMENT, it is not allowed.
    """
    kind = value.WhichOneof("value_type")
    if kind in _PLAIN:
        return
    if kind in _CHECKED:
        _CHECKED[kind](value, name)
    elif kind == "map_value":
        _check_map(value, name, depth)
    elif kind == "array_value":
        _check_elements(value.array_value.values, name, depth)
    else:
        raise invalid(f"The value of the field {name} has no type that a document can hold: {kind}.")


def check_size(path: str, document: Any, data: bytes) -> None:
    """Check the size of a document.

    Raises:
        RpcError: INVALID_ARGUMENT, it is above 1 MiB.
    """
    if 2 * len(data) > MAX_DOCUMENT and (size := document_size(path, document)) > MAX_DOCUMENT:
        raise invalid(
            f"Document {path} cannot be written because its size ({size:,} bytes) exceeds the maximum "
            f"allowed size of {MAX_DOCUMENT:,} bytes."
        )


@lru_cache(maxsize=4096)  # programs have few names, and write them again and again
def _check_name(name: str) -> None:
    if not name:
        raise invalid("Field names cannot be empty.")
    if len(name) > _SHORT and len(name.encode()) > MAX_FIELD_NAME:
        raise invalid(f"The field name {name[:40]}… is longer than {MAX_FIELD_NAME} bytes.")
    if name.startswith("__") and _RESERVED.match(name):
        raise invalid(f'The field name {name[:_SHORT]} is reserved: it begins and ends with "__".')


def _check_depth(name: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise invalid(f"The field {name} is nested deeper than {MAX_DEPTH} levels.")


def _check_elements(values: Any, name: str, depth: int) -> None:
    _check_depth(name, depth)
    for each in values:
        if each.WhichOneof("value_type") == "array_value":
            raise invalid(f"Cannot convert an array value in an array value: field {name}.")
        check_value(each, name, depth + 1)


def _check_map(value: Any, name: str, depth: int) -> None:
    _check_depth(name, depth)
    fields = value.map_value.fields
    if is_vector(value):
        numbers = fields["value"].array_value.values
        if len(fields) != len(("__type__", "value")) or not 1 <= len(numbers) <= MAX_DIMENSIONS:
            raise invalid(f"The vector in the field {name} has not 1 to {MAX_DIMENSIONS} numbers.")
        return
    for key in fields:
        _check_name(key)
        check_value(fields[key], name, depth + 1)


def _check_timestamp(value: Any, name: str) -> None:
    moment = value.timestamp_value
    if not (_YEAR_1 <= moment.seconds <= _YEAR_9999 and 0 <= moment.nanos < 1_000_000_000):  # noqa: PLR2004 - a second
        raise invalid(f"The timestamp in the field {name} is not between the years 1 and 9999.")
    moment.nanos -= moment.nanos % 1000


def _check_text(value: Any, name: str) -> None:
    if len(value.string_value) > MAX_VALUE // 4 and len(value.string_value.encode()) > MAX_VALUE:
        raise invalid(f'The value of property "{name}" is longer than {MAX_VALUE} bytes.')


def _check_bytes(value: Any, name: str) -> None:
    if len(value.bytes_value) > MAX_VALUE:
        raise invalid(f'The value of property "{name}" is longer than {MAX_VALUE} bytes.')


def _check_point(value: Any, name: str) -> None:
    point = value.geo_point_value
    if not (abs(point.latitude) <= 90 and abs(point.longitude) <= 180):  # noqa: PLR2004 - degrees
        raise invalid(f"The geo point in the field {name} is not on Earth.")


def _check_reference(value: Any, _: str) -> None:
    parse_document(value.reference_value)


_YEAR_1, _YEAR_9999 = -62_135_596_800, 253_402_300_799  # seconds since the epoch
_PLAIN = {"null_value", "boolean_value", "integer_value", "double_value"}
_CHECKED: dict[str, Callable[[Any, str], None]] = {
    "timestamp_value": _check_timestamp,
    "string_value": _check_text,
    "bytes_value": _check_bytes,
    "reference_value": _check_reference,
    "geo_point_value": _check_point,
}
