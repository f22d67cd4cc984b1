"""The types of calls as JSON Schemas, in words that a reader without our code understands."""

from collections.abc import Iterable
from typing import Any

import msgspec

from shared.api.contract.glossary import GLOSSARY
from shared.api.contract.parts import Json
from shared.domain.inputs import END

PREFIX = "#/components/schemas/"


def schemas_of(types: Iterable[Any]) -> tuple[list[Json], dict[str, Json]]:
    """A schema for each of the types, which refer to the components that come with them.

    A type that is a JSON Schema already is left as it is.

    Raises:
        LookupError: two types have the same name.
    """
    wanted = list(types)
    known = [kind for kind in wanted if not isinstance(kind, dict)]
    made, components = msgspec.json.schema_components(known, ref_template=PREFIX + "{name}")
    if len({_name(name) for name in components}) < len(components):
        raise LookupError(f"two types have one name: {sorted(components)}")
    _say_times(known, components)
    rest = iter(made)
    schemas = [kind if isinstance(kind, dict) else _plain(next(rest)) for kind in wanted]
    return schemas, {_name(name): _explained(_name(name), _plain(schema)) for name, schema in components.items()}


def _say_times(kinds: Iterable[Any], components: Json) -> None:
    """Say of each time that it is one: msgspec does so only where its zone is asked for, and all of ours have one."""
    open_, seen = [msgspec.inspect.type_info(kind) for kind in kinds], set[type]()
    while open_:
        found = open_.pop()
        if isinstance(found, msgspec.inspect.StructType):
            if found.cls in seen:
                continue
            seen.add(found.cls)
            properties = components[found.cls.__name__]["properties"]
            for field in found.fields:
                _say_time(field.type, properties[field.encode_name])
                open_.append(field.type)
        open_ += _within(found)


def _say_time(found: msgspec.inspect.Type, schema: Json) -> None:
    if isinstance(found, msgspec.inspect.DateTimeType):
        schema["format"] = "date-time"
    if isinstance(found, msgspec.inspect.UnionType):
        for choice in schema.get("anyOf", ()):
            if choice == {"type": "string"} and any(
                isinstance(kind, msgspec.inspect.DateTimeType) for kind in found.types
            ):
                choice["format"] = "date-time"


def _within(found: msgspec.inspect.Type) -> list[msgspec.inspect.Type]:
    """The types that a type is made of."""
    match found:
        case msgspec.inspect.UnionType():
            return list(found.types)
        case msgspec.inspect.VarTupleType() | msgspec.inspect.ListType():
            return [found.item_type]
        case msgspec.inspect.DictType():
            return [found.value_type]
        case msgspec.inspect.Metadata():
            return [found.type]
    return []


def _name(name: str) -> str:
    """A component's name: what is sent is no view to whoever gets it."""
    return name.removesuffix("View")


def _plain(schema: Any) -> Any:
    """The schema with names as they are told, and patterns as JSON Schema's dialect of them ends them."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _plain(value) for key, value in schema.items()}
    if isinstance(found.get("$ref"), str):
        found["$ref"] = _name(found["$ref"])
    if isinstance(found.get("pattern"), str):
        found["pattern"] = found["pattern"].replace(END, "$")
    return found


def _explained(name: str, schema: Json) -> Json:
    """The component with what its fields mean, beside what they must be."""
    for field, described in schema.get("properties", {}).items():
        meaning = GLOSSARY.get(f"{name}.{field}", GLOSSARY.get(field))
        if meaning is None:
            continue
        bounds = described.pop("description", None)
        if "$ref" in described:  # beside a reference stands what is said of this use of it
            schema["properties"][field] = {"description": meaning, **described}
        else:
            described["description"] = f"{meaning} It must be {bounds}." if bounds else meaning
    return schema
