"""What a write makes of a document: masks and replacement. A document here is a message with only `fields` set."""

from collections.abc import Iterable
from typing import Any

from infra.local.firestore.messages import Document
from infra.local.firestore.paths import FieldPath, parse_field_path


def field_at(fields: Any, path: FieldPath) -> Any | None:
    """The value at a field path, or None."""
    for name in path[:-1]:
        if name not in fields:
            return None
        fields = fields[name].map_value.fields
    return fields.get(path[-1])


def place_for(fields: Any, path: FieldPath) -> Any:
    """The value at a field path to be written to; maps along it are made, and take the place of other values."""
    for name in path[:-1]:
        value = fields[name]
        if value.WhichOneof("value_type") != "map_value":
            value.map_value.SetInParent()
        fields = value.map_value.fields
    return fields[path[-1]]


def remove_at(fields: Any, path: FieldPath) -> None:
    """Remove the value at a field path, if there is one."""
    for name in path[:-1]:
        if name not in fields:
            return
        fields = fields[name].map_value.fields
    if path[-1] in fields:
        del fields[path[-1]]


def updated(existing: Any | None, given: Any, mask: Any | None) -> Any:
    """The document after an update; without a mask it is replaced, with one only its fields are set or removed.

    What is given is not to be used after: it may become the document, since copying costs as much as all the rest.
    """
    if mask is None:
        for field in ("name", "create_time", "update_time"):
            given.ClearField(field)
        return given
    document = Document()
    if existing is not None:
        document.CopyFrom(existing)
    for text in mask.field_paths:
        path = parse_field_path(text)
        value = field_at(given.fields, path)
        if value is None:
            remove_at(document.fields, path)
        else:
            place_for(document.fields, path).CopyFrom(value)
    return document


def projected(document: Any, paths: Iterable[FieldPath]) -> Any:
    """Only the given fields of a document."""
    kept = Document()
    for path in paths:
        value = field_at(document.fields, path)
        if value is not None:
            place_for(kept.fields, path).CopyFrom(value)
    return kept
