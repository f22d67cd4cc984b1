"""What an API Gateway is told of the API."""

import re

import pytest

from infra.gateway_contract import PATH, contract, text
from infra.local.gateway import route
from shared.api.operations import OPERATIONS, Operation

FUNCTIONS = ("submit", "status", "openai")


def test_the_stored_document_is_up_to_date() -> None:
    """`python -m infra.gateway_contract` writes it anew after a change of the operations."""
    assert PATH.read_text() == text(), "run .venv/bin/python -m infra.gateway_contract"


def test_every_call_is_answered_by_whom_the_local_gateway_asks() -> None:
    """One rule of routing, locally and deployed; HEAD and OPTIONS too."""
    for path, calls in contract(OPERATIONS.values())["paths"].items():
        for method, call in calls.items():
            if method != "parameters":
                backend = call["x-google-backend"]
                assert backend["address"] == f"${{{route(method.upper(), path, FUNCTIONS)}}}", (method, path)
                assert backend["disable_auth"], "a client's key must reach the function"


def test_no_two_paths_are_of_one_shape() -> None:
    """A gateway refuses templates that it could not tell from each other; and names are used once."""
    paths = contract(OPERATIONS.values())["paths"]
    shapes = [re.sub(r"\{[^}]*\}", "{}", path) for path in paths]
    assert len(set(shapes)) == len(shapes)
    names = [call["operationId"] for calls in paths.values() for key, call in calls.items() if key != "parameters"]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("path", "stored"), [("/files/{path}", "/files/{path=**}"), ("/a/{one}/{two}", "/a/{one}/{two}")]
)
def test_names_in_a_path_are_declared(path: str, stored: str) -> None:
    """As OpenAPI wants it; a parameter `path` is the rest of a path, here as in our router."""
    (found,) = contract([Operation("x", "GET", path, "status", None)])["paths"].items()
    assert found[0] == stored
    assert [one["name"] for one in found[1]["parameters"]] == re.findall(r"\{(\w+)", path)
