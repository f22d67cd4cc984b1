"""The limits of documents (https://firebase.google.com/docs/firestore/quotas), and the form values are kept in."""

from typing import Any

from infra.local.firestore.errors import invalid

MAX_DOCUMENT = 1024 * 1024  # bytes
MAX_DEPTH = 20  # of maps and arrays
MAX_FIELD_NAME = 1500  # bytes


def check_fields(fields: Any) -> None:
    """Check the fields of a write, and cut timestamps to microseconds, as they are kept.

    Raises:
        RpcError: INVALID_ARGUMENT, a value or a field name is not allowed.
    """
    for name, value in fields.items():
        _check_name(name)
        _check_value(value, name, 1)


def check_size(path: str, document: Any, data: bytes) -> None:
    """Check the size of a document.

    Raises:
        RpcError: INVALID_ARGUMENT, it is above 1 MiB.
    """
    if len(data) > MAX_DOCUMENT and (size := document_size(path, document)) > MAX_DOCUMENT:
        raise invalid(
            f"Document {path} cannot be written because its size ({size:,} bytes) exceeds the maximum "
            f"allowed size of {MAX_DOCUMENT:,} bytes."
        )


def document_size(path: str, document: Any) -> int:
    """The size as documented (https://firebase.google.com/docs/firestore/storage-size), in bytes."""
    return name_size(path) + _fields_size(document.fields) + 32


def name_size(path: str) -> int:
    """The size of a document's name, in bytes."""
    return sum(len(segment.encode()) + 1 for segment in path.split("/")) + 16


def _fields_size(fields: Any) -> int:
    return sum(len(name.encode()) + 1 + _value_size(value) for name, value in fields.items())


def _value_size(value: Any) -> int:
    kind = value.WhichOneof("value_type")
    if kind == "string_value":
        return len(value.string_value.encode()) + 1
    if kind == "bytes_value":
        return len(value.bytes_value)
    if kind == "array_value":
        return sum(map(_value_size, value.array_value.values))
    if kind == "map_value":
        return _fields_size(value.map_value.fields)
    if kind == "reference_value":
        return name_size(value.reference_value.partition("/documents/")[2])
    return {"null_value": 1, "boolean_value": 1, "geo_point_value": 16}.get(kind, 8)


def _check_name(name: str) -> None:
    if not name:
        raise invalid("Field names cannot be empty.")
    if len(name) > MAX_FIELD_NAME // 4 and len(name.encode()) > MAX_FIELD_NAME:
        raise invalid(f"The field name {name[:40]}… is longer than {MAX_FIELD_NAME} bytes.")


def _check_value(value: Any, name: str, depth: int) -> None:
    kind = value.WhichOneof("value_type")
    if kind in _PLAIN:
        return
    if kind == "timestamp_value":
        value.timestamp_value.nanos -= value.timestamp_value.nanos % 1000
        return
    if kind not in {"array_value", "map_value"}:
        raise invalid(f"The value of the field {name} has no type that a document can hold: {kind}.")
    if depth > MAX_DEPTH:
        raise invalid(f"The field {name} is nested deeper than {MAX_DEPTH} levels.")
    if kind == "map_value":
        for key, each in value.map_value.fields.items():
            _check_name(key)
            _check_value(each, name, depth + 1)
        return
    for each in value.array_value.values:
        if each.WhichOneof("value_type") == "array_value":
            raise invalid(f"Cannot convert an array value in an array value: field {name}.")
        _check_value(each, name, depth + 1)


_PLAIN = {
    "null_value",
    "boolean_value",
    "integer_value",
    "double_value",
    "string_value",
    "bytes_value",
    "reference_value",
    "geo_point_value",
}
