"""What a description of a call is made of."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from shared.api.refusals import Said

Json = dict[str, Any]


class Parameter(NamedTuple):
    """One parameter; `type` is a type that msgspec knows, or a JSON Schema."""

    name: str
    where: Literal["path", "query", "header"]
    type: Any
    about: str
    example: Any = None


class Answer(NamedTuple):
    """One answer; without a type it has no body."""

    about: str
    type: Any = None
    example: Any = None
    headers: tuple[str, ...] = ()  # of headers.HEADERS
    media_type: str = "application/json"


class Body(NamedTuple):
    """What is sent to a call."""

    type: Any
    examples: Mapping[str, Json]  # by what they show
    required: bool = True
    lines: tuple[str, ...] = ()  # media types of JSON Lines, which are taken too
    media_type: str = "application/json"


class Words(NamedTuple):
    """How a dialect says what is wrong."""

    type: Any  # of the body
    said: Said


class Call(NamedTuple):
    """One operation, described."""

    tag: str
    summary: str
    about: str
    answers: Mapping[int, Answer]
    problems: tuple[str, ...] = ()  # of codes.CODES
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    words: Words | None = None  # None: problems


def events_of(event: str, component: str) -> Json:
    """The schema of each of the server-sent events of that name; their data is a component, as JSON."""
    data = {"contentMediaType": "application/json", "contentSchema": {"$ref": f"#/components/schemas/{component}"}}
    return {
        "type": "object",
        "properties": {"id": {"type": "string"}, "event": {"const": event}, "data": {"type": "string", **data}},
    }


def event_of(event: str) -> Json:
    """The schema of each of the server-sent events of that name; their data is an object of its own."""
    data = {"type": "string", "contentMediaType": "application/json"}
    return {"type": "object", "properties": {"id": {"type": "string"}, "event": {"const": event}, "data": data}}
