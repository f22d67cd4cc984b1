"""Names of fields: camel case, whichever way they were sent."""

import re
from typing import Any

_OPAQUE = {"labels", "responseSchema", "responseJsonSchema"}  # their keys are the caller's own


def camel(name: str) -> str:
    """`mime_type` as `mimeType`: JSON of protobuf may have both, and google-genai mixes them."""
    return re.sub(r"(?<=[a-z0-9])_([a-z0-9])", lambda match: match[1].upper(), name)


def camels(data: Any) -> Any:
    """A body with all its fields in camel case."""
    if isinstance(data, list):
        return [camels(value) for value in data]
    if not isinstance(data, dict):
        return data
    named = ((camel(name), value) for name, value in data.items())
    return {name: value if name in _OPAQUE else camels(value) for name, value in named}
