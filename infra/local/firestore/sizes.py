"""Sizes as they are documented and billed (https://firebase.google.com/docs/firestore/storage-size)."""

from typing import Any


def document_size(path: str, document: Any) -> int:
    """The size of a document at `path` with these fields, in bytes."""
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
