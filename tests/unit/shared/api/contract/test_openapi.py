"""The contract says all that there is, and nothing that there is not."""

import ast
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from shared.api.contract.codes import ANY, CLOSED, CODES
from shared.api.contract.glossary import GLOSSARY
from shared.api.contract.openapi import CALLS, openapi
from shared.api.contract.words import TAGS
from shared.api.operations import OPERATIONS
from tests.processes import ROOT

DOCUMENT = openapi("https://darkroom.example", closed=True)
SCHEMAS: dict[str, dict[str, Any]] = DOCUMENT["components"]["schemas"]
# Told to Pub/Sub and to whoever asks for what there is not: of no operation.
OUTSIDE = {"not_a_message", "not_found", "method_not_allowed"}


def test_every_operation_is_described_and_nothing_else() -> None:
    """A handler that nobody can read of is half a handler."""
    described = {
        call["operationId"]: (method.upper(), path)
        for path, methods in DOCUMENT["paths"].items()
        for method, call in methods.items()
    }
    assert described == {operation.id: (operation.method, operation.path) for operation in OPERATIONS.values()}
    assert CALLS.keys() == OPERATIONS.keys()


def test_every_field_says_what_it_means() -> None:
    """And no word is explained that nobody uses."""
    fields = {(name, field) for name, schema in SCHEMAS.items() for field in schema.get("properties", {})}
    assert [pair for pair in sorted(fields) if "description" not in SCHEMAS[pair[0]]["properties"][pair[1]]] == []
    used = {f"{name}.{field}" for name, field in fields} | {field for _, field in fields}
    assert GLOSSARY.keys() - used == set()


@pytest.mark.parametrize("name", sorted(CALLS))
def test_examples_are_what_they_are_examples_of(name: str) -> None:
    """A client that copies one gets through; a client made from one understands the answer."""
    call = CALLS[name]
    for body in call.body.examples.values() if call.body else ():
        msgspec.convert(body, call.body.type if call.body else None)
    for answer in call.answers.values():
        if answer.example is not None and not isinstance(answer.example, str):
            msgspec.convert(json.loads(msgspec.json.encode(answer.example)), answer.type)


def test_every_parameter_in_a_path_is_described() -> None:
    """By the name that the address has."""
    for path, methods in DOCUMENT["paths"].items():
        for call in methods.values():
            named = {parameter["name"] for parameter in call["parameters"] if parameter["in"] == "path"}
            assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}, call["operationId"]


def test_every_code_that_is_told_is_explained() -> None:
    """Those below 500: what a client can do something about. No code is explained that nobody tells."""
    told = set(_codes())
    assert told - CODES.keys() - OUTSIDE == set()
    known = {code for code, (status, _) in CODES.items() if status < 500}
    assert known - told - {"thumbnail_not_found", "original_not_found"} == set()  # read.py puts these together
    listed = {code for call in CALLS.values() for code in call.problems} | {*CLOSED, *ANY}
    assert known - listed == set()


def _codes() -> Iterator[str]:
    """The codes of `Rejected(4xx, "code", …)` in what is deployed."""
    for path in (ROOT / "shared").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Rejected":
                literal = [part.value for part in node.args[:2] if isinstance(part, ast.Constant)]
                match literal:
                    case [int(status), str(code)] if status < 500:
                        yield code


def test_a_closed_deployment_s_calls_name_their_scope() -> None:
    """An open one's ask for nothing, and so does a call that is open to everybody."""
    create = DOCUMENT["paths"]["/v1/jobs"]["post"]
    assert create["security"] == [{"key": ["jobs:write"]}]
    assert DOCUMENT["paths"]["/health"]["get"]["security"] == []
    assert openapi("/", closed=False)["paths"]["/v1/jobs"]["post"]["security"] == []


def test_every_answer_of_an_operation_is_there() -> None:
    """Refusals too, by status, with the codes that they may have."""
    responses = DOCUMENT["paths"]["/v1/jobs"]["post"]["responses"]
    assert {"200", "202", "400", "401", "410", "413", "415", "422", "500", "503"} <= responses.keys()
    schema = responses["422"]["content"]["application/problem+json"]["schema"]
    assert schema["properties"]["code"]["enum"] == ["idempotency_key_reused"]


def test_references_lead_somewhere() -> None:
    """To components that are there; links to operations that are there."""
    text = json.dumps(DOCUMENT)
    referred = {part.split('"', 1)[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred - SCHEMAS.keys() == set()
    linked = {part.split('"', 2)[1] for part in text.split('"operationId": ')[1:]}
    assert linked == OPERATIONS.keys()
    assert {call["tags"][0] for methods in DOCUMENT["paths"].values() for call in methods.values()} == TAGS.keys()
