"""What each function is told: the variables that its code reads, and those that the Terraform gives it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from infra.closure import ROOT as CODE
from infra.closure import reached
from shared.config import Settings
from tests.unit.infra.cloud.tree import VARIANTS, deployment

# Of shared/config.py: what a property is made of.
PROPERTIES = {"opened_by": "auth_mode", "spoken": "dialects", "open_to": "dialect_tenants", "origins": "cors_origins"}


@cache
def read_by(function: str) -> frozenset[str]:
    """The variables of the settings that the code of a function names, in whatever it can reach of `shared`."""
    folder = CODE / "functions" / function
    files = [*folder.rglob("*.py"), *(path for path in reached(function) if path.suffix == ".py")]
    fields = {field for path in files if path.name != "config.py" for field in _fields(path)}
    return frozenset(PROPERTIES.get(field, field).upper() for field in fields)


@cache
def _fields(path: Path) -> frozenset[str]:
    text = path.read_text()
    return frozenset(_named(ast.parse(text))) if "settings" in text else frozenset()


def _named(tree: ast.AST) -> Iterator[str]:
    known = {*Settings.__struct_fields__, *PROPERTIES}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _last(node.value).endswith("settings") and node.attr in known:
            yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "need":
            yield from (one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@cache
def given_to(function: str) -> dict[str, str]:
    """Variable → value, for each that the Terraform can give to a deployment of the function; a secret is its name."""
    found: dict[str, str] = {}
    for variant in VARIANTS:
        for one in deployment("prod", variant).resources():
            if one.type == "google_cloudfunctions2_function" and one.values["name"].partition("-")[0] == function:
                (service,) = one.values["service_config"]
                found |= service["environment_variables"]
                found |= {each["key"]: each["secret"] for each in service.get("secret_environment_variables", [])}
    return found
