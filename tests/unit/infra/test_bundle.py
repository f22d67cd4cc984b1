"""What a bundle has of a file in place of it. That each bundle works is tested in tests/integration."""

from pathlib import Path

import msgspec
import pytest

from infra.bundle import as_json
from shared.catalog import catalog
from shared.catalog.loading import parsed, read_models
from tests.processes import ROOT

CATALOG = ROOT / "shared" / "catalog"


@pytest.mark.parametrize("path", sorted(CATALOG.glob("*.yaml")), ids=lambda path: path.name)
def test_the_json_of_a_file_says_what_its_yaml_does(path: Path) -> None:
    """Its dates as they are written; keys are texts, for JSON has no others."""
    assert msgspec.json.decode(as_json(path.read_bytes())) == msgspec.to_builtins(parsed(path.name))


def test_models_are_the_same_by_either() -> None:
    """Their dates, too."""
    assert read_models(msgspec.json.decode(as_json((CATALOG / "models.yaml").read_bytes()))) == catalog()
    assert any(model.sunset for model in catalog().models.values())
