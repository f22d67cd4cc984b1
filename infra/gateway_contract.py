"""`python -m infra.gateway_contract`: infra/cloud/modules/api/openapi.json, what an API Gateway is told of the API.

It only says which function answers which path and method, from the one table of all calls (shared/api/operations.py):
what a call takes and answers is the affair of GET /openapi.json. OpenAPI 2.0 is what API Gateway is surest to read.
`${submit}`, `${status}` and `${openai}` are the functions' addresses, which Terraform fills in.

A browser that asks beforehand (OPTIONS), and HEAD, are answered where GET is. Calls that the table does not have get
the gateway's own 404.
https://cloud.google.com/api-gateway/docs/passing-data
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from infra.closure import ROOT
from shared.api.operations import OPERATIONS, Operation

PATH = ROOT / "infra" / "cloud" / "modules" / "api" / "openapi.json"
# Seconds that a call may take, which API Gateway bounds at 15 unless it is told: as long as the function may.
DEADLINES = {"submit": 90.0, "status": 90.0, "openai": 600.0}
IMAGES = "/v1/images/"  # openai's, whatever the method
WILD = re.compile(r"\{(path)\}")  # the rest, with its slashes (shared/api/router.py)
NAMED = re.compile(r"\{(\w+)(?:=\*\*)?\}")


def contract(operations: Iterable[Operation]) -> dict[str, Any]:
    """The document, with each path once and each of its methods."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        if operation.function is None:
            continue
        calls = paths.setdefault(WILD.sub(r"{\1=**}", operation.path), {})
        calls[operation.method.lower()] = _call(operation.id, operation.function)
        if operation.method == "GET":
            calls["head"] = _call(f"{operation.id}Head", operation.function)
        reader = "openai" if operation.path.startswith(IMAGES) else "status"
        calls.setdefault("options", _call(f"{operation.id}Options", reader))
    return {
        "swagger": "2.0",
        "info": {"title": "Darkroom", "description": "Which function answers what.", "version": "1"},
        "schemes": ["https"],
        "paths": {path: _named(path) | calls for path, calls in sorted(paths.items())},
    }


def text() -> str:
    """The document as it is stored: a line a call."""
    document = contract(OPERATIONS.values())
    paths = ",\n".join(
        f" {json.dumps(path)}: {{\n"
        + ",\n".join(f"  {json.dumps(name)}: {json.dumps(call)}" for name, call in calls.items())
        + "}"
        for path, calls in document.pop("paths").items()
    )
    return f'{json.dumps(document)[:-1]}, "paths": {{\n{paths}\n}}}}\n'


def _call(name: str, function: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "responses": {"200": {"description": "As GET /openapi.json says, with every other status."}},
        "x-google-backend": {
            "address": f"${{{function}}}",
            "path_translation": "APPEND_PATH_TO_ADDRESS",
            "deadline": DEADLINES[function],
            # Else the gateway's own token would take the place of the client's key in Authorization.
            "disable_auth": True,
        },
    }


def _named(path: str) -> dict[str, Any]:
    """The parameters in a path, which OpenAPI wants named again."""
    parameters = [{"name": name, "in": "path", "required": True, "type": "string"} for name in NAMED.findall(path)]
    return {"parameters": parameters} if parameters else {}


if __name__ == "__main__":
    PATH.write_text(text())
    print(f"{PATH.relative_to(ROOT)}: {len(json.loads(text())['paths'])} paths")
