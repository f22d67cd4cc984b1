"""JSON that follows a given schema: always the same for the same schema and prompt."""

import random
import re
from dataclasses import dataclass, field
from typing import Any

from infra.local.vertex.names import camel
from infra.local.vertex.refusal import invalid, unimplemented

_IGNORED = {"title", "description", "example", "default", "propertyOrdering", "additionalProperties", "$schema", "$id",
            "$defs", "defs", "uniqueItems", "nullable", "minProperties", "maxProperties",
            "$anchor"}  # fmt: skip
_HONOURED = {"type", "enum", "const", "items", "prefixItems", "minItems", "maxItems", "properties", "required",
             "anyOf", "oneOf", "$ref", "ref", "format", "minimum", "maximum", "minLength", "maxLength"}  # fmt: skip
DEEPEST = 24  # levels
USUAL = 3  # items where neither schema nor prompt says how many
_FORMATS = {
    "date-time": "2026-01-01T12:00:00Z", "date": "2026-01-01", "time": "12:00:00Z", "duration": "PT5S",
    "uri": "https://example.com/", "email": "someone@example.com", "uuid": "00000000-0000-4000-8000-000000000000",
}  # fmt: skip


@dataclass
class Example:
    """A maker of instances for one schema and prompt."""

    root: dict[str, Any]
    prompt: str
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.prompt)  # noqa: S311 - an example, no secret

    def make(self) -> Any:
        """An instance.

        Raises:
            Refusal: UNIMPLEMENTED or INVALID_ARGUMENT, naming the keyword of the schema that it cannot follow.
        """
        return self._of(self.root, "response", 1, 0)

    def _of(self, schema: Any, name: str, number: int, depth: int) -> Any:
        if not isinstance(schema, dict):
            raise invalid(f"generationConfig.responseSchema: {name} is no schema")
        if depth > DEEPEST:
            raise invalid(f"generationConfig.responseSchema: nested deeper than {DEEPEST} at {name}")
        schema = {camel(keyword): value for keyword, value in schema.items()}
        if unknown := sorted(set(schema) - _IGNORED - _HONOURED):
            raise unimplemented(f"generationConfig.responseSchema with {unknown[0]} (at {name})")
        if (reference := schema.get("$ref") or schema.get("ref")) is not None:
            return self._of(self._referred(str(reference)), name, number, depth + 1)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return schema["enum"][(number - 1) % len(schema["enum"])]
        if choices := schema.get("anyOf") or schema.get("oneOf"):
            solid = [one for one in choices if str(one.get("type", "")).lower() != "null"]
            return self._of((solid or choices)[0], name, number, depth + 1)
        return self._typed(schema, name, number, depth)

    def _typed(self, schema: dict[str, Any], name: str, number: int, depth: int) -> Any:
        kind = _kind(schema)
        if kind == "object":
            return self._object(schema, number, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        if kind in ("integer", "number"):
            return self._number(schema, kind)
        if kind == "string":
            return self._string(schema, name, number)
        if kind == "boolean":
            return self.chance.random() < 0.5  # noqa: PLR2004 - heads or tails
        if kind == "null":
            return None
        raise invalid(f"generationConfig.responseSchema: unknown type {kind} at {name}")

    def _referred(self, reference: str) -> Any:
        found: Any = self.root
        for step in reference.removeprefix("#").strip("/").split("/"):
            if step and not (isinstance(found, dict) and step in found):
                raise invalid(f"generationConfig.responseSchema: {reference} leads nowhere")
            found = found[step] if step else found
        return found

    def _object(self, schema: dict[str, Any], number: int, depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        if lost := [name for name in schema.get("required") or () if name not in properties]:
            raise invalid(f"generationConfig.responseSchema: required {lost[0]} is no property")
        order = [name for name in schema.get("propertyOrdering") or () if name in properties]
        order += [name for name in properties if name not in order]
        return {name: self._of(properties[name], name, number, depth + 1) for name in order}

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> list[Any]:
        if first := schema.get("prefixItems"):
            return [self._of(one, name, i, depth + 1) for i, one in enumerate(first, 1)]
        least, most = int(schema.get("minItems") or 0), schema.get("maxItems")
        stem = re.escape(name.lower().rstrip("s"))
        told = re.search(rf"(?<![\w.])(\d{{1,2}}) +(?:[a-z-]+ +)?{stem}", self.prompt.lower())
        count = max(least, int(told[1]) if told else USUAL)
        count = count if most is None else min(count, int(most))
        items = schema.get("items") or {"type": "string"}
        return [self._of(items, name, i, depth + 1) for i in range(1, count + 1)]

    def _number(self, schema: dict[str, Any], kind: str) -> float:
        low = float(schema.get("minimum", 1))
        high = float(schema.get("maximum", max(low, 10.0)))
        if low > high:
            raise invalid("generationConfig.responseSchema: minimum above maximum")
        drawn = self.chance.uniform(low, high)
        return min(round(drawn), int(high)) if kind == "integer" else round(drawn, 3)

    def _string(self, schema: dict[str, Any], name: str, number: int) -> str:
        if (form := schema.get("format")) not in (None, "enum"):
            if form not in _FORMATS:
                raise unimplemented(f"generationConfig.responseSchema with format {form}")
            return _FORMATS[form]
        about = " ".join(self.prompt.split()[:12]) or "something"
        label = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).lower()
        text = f"{label} {number}: {about}"
        text = text.ljust(int(schema.get("minLength") or 0), ".")
        return text[: int(schema["maxLength"])] if schema.get("maxLength") else text


def _kind(schema: dict[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):  # as JSON Schema says nullable
        kind = next((one for one in kind if one != "null"), "null")
    return str(kind).lower() if kind else "object" if "properties" in schema else "string"
