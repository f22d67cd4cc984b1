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
    rest = iter(made)
    schemas = [kind if isinstance(kind, dict) else _plain(next(rest)) for kind in wanted]
    return schemas, {_name(name): _explained(_name(name), _plain(schema)) for name, schema in components.items()}


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
