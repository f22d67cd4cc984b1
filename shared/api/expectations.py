"""What a field of a request must be, in words, read off the schema that checked it."""

from functools import cache
from typing import Any

import msgspec

Schema = dict[str, Any]
KINDS = {"boolean": "true or false", "array": "a list", "object": "an object"}


def expected(model: type[msgspec.Struct], path: tuple[str, ...]) -> str:
    """What belongs at `path` (names and indexes) of the request `model`; empty where the schema does not say."""
    whole = _schema(model)
    found = _resolved(whole, whole)
    for part in path:
        found = _resolved(whole, _below(found, part))
    return _words(found)


def fields(model: type[msgspec.Struct], path: tuple[str, ...]) -> list[str]:
    """The names that the object at `path` may have."""
    whole = _schema(model)
    found = _resolved(whole, whole)
    for part in path:
        found = _resolved(whole, _below(found, part))
    return list(found.get("properties", {}))


@cache
def _schema(model: type[msgspec.Struct]) -> Schema:
    return msgspec.json.schema(model)


def _resolved(whole: Schema, schema: Schema) -> Schema:
    """The schema behind references, and behind `or null`."""
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            schema = choice
    if "$ref" in schema:
        found: Schema = whole["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        return found
    return schema


def _below(schema: Schema, part: str) -> Schema:
    if "properties" in schema:
        found: Schema = schema["properties"].get(part, {})
        return found
    if "propertyNames" in schema:  # a free object: what is said of its values, and of its names
        return {"names": schema["propertyNames"], **schema.get("additionalProperties", {})}
    return dict(schema.get("items", {}))


def _words(schema: Schema) -> str:
    if "properties" in schema:  # its description is that of a whole request, or a part of one
        return "an object with " + ", ".join(schema["properties"])
    if "description" in schema:
        return str(schema["description"])
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "number":
        return f"a number from {schema.get('minimum', '…')} to {schema.get('maximum', '…')}"
    if schema.get("type") == "integer":
        return f"a whole number from {schema.get('minimum', '…')} to {schema.get('maximum', '…')}"
    return _text(schema) if schema.get("type") == "string" else KINDS.get(schema.get("type", ""), "")


def _text(schema: Schema) -> str:
    if schema.get("format") == "date-time":
        return "a time with its zone, such as 2026-11-21T12:00:00Z"
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    return f"a text of {least} to {most} characters" if most else "a text"
