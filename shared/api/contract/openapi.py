"""The contract as OpenAPI 3.1: the table of operations, and what is said of each."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec

from shared.api.contract import (
    batch_calls,
    control_calls,
    iga_calls,
    job_calls,
    key_calls,
    mv_calls,
    openai_calls,
    other_calls,
    read_calls,
    storyboard_calls,
    studio_calls,
)
from shared.api.contract.codes import ANY, CLOSED, CODES
from shared.api.contract.headers import HEADERS, RATE_LIMIT, REQUIRED
from shared.api.contract.links import LINKS
from shared.api.contract.parts import Answer, Call, Json, Parameter, Words
from shared.api.contract.schemas import PREFIX, schemas_of
from shared.api.contract.words import INTRODUCTION, TAGS, TITLE, VERSION
from shared.api.operations import OPERATIONS, Operation
from shared.api.problems import MEDIA_TYPE, Problem
from shared.config import DIALECTS
from shared.domain.errors import Rejected

REFUSAL_HEADERS = {
    401: ("WWW-Authenticate",),
    403: ("WWW-Authenticate",),
    429: ("Retry-After", *RATE_LIMIT),
    503: ("Retry-After",),
}
CALLS: Mapping[str, Call] = {
    **job_calls.CALLS,
    **batch_calls.CALLS,
    **read_calls.CALLS,
    **other_calls.CALLS,
    **key_calls.CALLS,
    **control_calls.CALLS,
    **iga_calls.CALLS,
    **storyboard_calls.CALLS,
    **mv_calls.CALLS,
    **studio_calls.CALLS,
    **openai_calls.CALLS,
}


@cache
def openapi(server: str, *, closed: bool, spoken: frozenset[str] = frozenset(DIALECTS)) -> Json:
    """The document.

    Args:
        server: what the paths are under; `/` where only the client knows.
        closed: whether calls need a key; without, nothing asks for one.
        spoken: the dialects that are switched on.

    Raises:
        LookupError: an operation is not described, or uses a code, a header or a tag that is not explained.
    """
    operations = [operation for operation in OPERATIONS.values() if operation.dialect in {None, *spoken}]
    schemas = _Schemas([CALLS[operation.id] for operation in operations])
    tags = {CALLS[operation.id].tag for operation in operations}
    paths: dict[str, Json] = {}
    for operation in operations:
        described = _operation(operation, CALLS[operation.id], schemas, closed=closed)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": INTRODUCTION},
        "servers": [{"url": server}],
        "tags": [{"name": name, "description": about} for name, about in TAGS.items() if name in tags],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key of a tenant, `Bearer drk_…`."}
            },
        },
    }


class _Schemas:
    """The schemas of all types that the calls name, made at once so that each component is made once."""

    def __init__(self, calls: Sequence[Call]) -> None:
        types = list({id(kind): kind for kind in (*_types(calls), Problem)}.values())
        schemas, self.components = schemas_of(types)
        self._found = {id(kind): schema for kind, schema in zip(types, schemas, strict=True)}

    def __getitem__(self, kind: Any) -> Json:
        return self._found[id(kind)]


def _types(calls: Iterable[Call]) -> Iterable[Any]:
    yield from (kind for kind, _, _ in HEADERS.values())
    for call in calls:
        yield from (parameter.type for parameter in call.parameters)
        yield from (answer.type for answer in call.answers.values() if answer.type)
        if call.body:
            yield call.body.type
        if call.words:
            yield call.words.type


def _operation(operation: Operation, call: Call, schemas: _Schemas, *, closed: bool) -> Json:
    if call.tag not in TAGS:
        raise LookupError(f"{operation.id}: there is no tag {call.tag}")
    needs_key = closed and operation.scope
    codes = dict.fromkeys((*call.problems, *(CLOSED if operation.scope else ()), *ANY))
    found: Json = {
        "operationId": operation.id,
        "tags": [call.tag],
        "summary": call.summary,
        "description": call.about + (f" Scope: `{operation.scope}`." if operation.scope else ""),
        "parameters": [_parameter(parameter, schemas) for parameter in call.parameters],
        "responses": {
            **{str(status): _answer(answer, schemas) for status, answer in sorted(call.answers.items())},
            **(_said(codes, call.words, schemas) if call.words else _problems(codes, schemas)),
        },
        "security": [{"key": [operation.scope]}] if needs_key else [],
    }
    if call.body:
        examples = {name: {"value": value} for name, value in call.body.examples.items()}
        content: Json = {call.body.media_type: {"schema": schemas[call.body.type], "examples": examples}}
        content |= {media_type: {"schema": {"type": "string"}} for media_type in call.body.lines}
        found["requestBody"] = {"required": call.body.required, "content": content}
    return found


def _parameter(parameter: Parameter, schemas: _Schemas) -> Json:
    found: Json = {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.where == "path",
        "description": parameter.about,
        "schema": schemas[parameter.type],
    }
    return found if parameter.example is None else {**found, "example": parameter.example}


def _answer(answer: Answer, schemas: _Schemas) -> Json:
    found: Json = {"description": answer.about}
    if answer.headers:
        found["headers"] = {name: _header(name, schemas) for name in answer.headers}
    if answer.type:
        content: Json = {"schema": schemas[answer.type]}
        if answer.example is not None:
            content["example"] = msgspec.to_builtins(answer.example)
        found["content"] = {answer.media_type: content}
        if not isinstance(answer.type, dict) and (links := LINKS.get(answer.type)):
            found["links"] = links
    return found


def _header(name: str, schemas: _Schemas) -> Json:
    kind, about, example = HEADERS[name]
    return {"description": about, "required": name in REQUIRED, "schema": schemas[kind], "example": example}


def _problems(codes: Iterable[str], schemas: _Schemas) -> Json:
    """By status, what its codes mean."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(CODES[code][0], []).append(code)
    return {str(status): _problem(status, by_status[status], schemas) for status in sorted(by_status)}


def _said(codes: Iterable[str], words: Words, schemas: _Schemas) -> Json:
    """By status, what its codes mean, and what the dialect says of each."""
    found: dict[str, Json] = {}
    for code in codes:
        status, about = CODES[code]
        refusal = words.said(Rejected(status, code, about))
        media: Json = {"schema": schemas[words.type], "examples": {}}
        answer = found.setdefault(str(refusal.status), {"description": "", "content": {"application/json": media}})
        answer["description"] += f"- {about}\n"
        answer["content"]["application/json"]["examples"][code] = {"value": msgspec.to_builtins(refusal.body)}
        if refusal.status in REFUSAL_HEADERS:
            answer["headers"] = {name: _header(name, schemas) for name in REFUSAL_HEADERS[refusal.status]}
    return dict(sorted(found.items()))


def _problem(status: int, codes: list[str], schemas: _Schemas) -> Json:
    known: Json = {"enum": codes}
    # Of a failure here the code says what failed: there are as many as there are settings and neighbours.
    code = known if status < HTTPStatus.INTERNAL_SERVER_ERROR else {"type": "string"}
    example = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": codes[0],
        "detail": CODES[codes[0]][1],
    }
    schema = {"$ref": f"{PREFIX}Problem", "properties": {"status": {"const": status}, "code": code}}
    found: Json = {
        "description": "\n".join(f"- `{code}`: {CODES[code][1]}" for code in codes),
        "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
    }
    if status in REFUSAL_HEADERS:
        found["headers"] = {name: _header(name, schemas) for name in REFUSAL_HEADERS[status]}
    return found
