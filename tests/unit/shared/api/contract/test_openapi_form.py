"""The contract is OpenAPI 3.1 by OpenAPI's own schema."""

import jsonschema_rs
from schemathesis.specs.openapi.definitions import OPENAPI_31

from shared.api.contract.openapi import openapi


def test_the_contract_is_openapi() -> None:
    """So that every tool for it can read it; and what a tool would find wrong is found."""
    checked = jsonschema_rs.validator_for(OPENAPI_31)
    document = openapi("https://darkroom.example", closed=True)
    assert [f"{error.instance_path}: {error.message}" for error in checked.iter_errors(document)] == []
    assert not checked.is_valid({**document, "paths": {"jobs": {}}})
