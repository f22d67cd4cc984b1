"""Every resource against its provider's schema: arguments exist, required ones are there, values are known ones."""

from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from tests.unit.infra.cloud import against_schema
from tests.unit.infra.cloud.against_schema import SCHEMA
from tests.unit.infra.cloud.hcl.expressions import evaluate
from tests.unit.infra.cloud.hcl.syntax import parse, read
from tests.unit.infra.cloud.tree import ROOT, deployment, folders

KINDS = ("resource", "data", "ephemeral")


@pytest.mark.parametrize("folder", folders(ROOT), ids=lambda folder: folder.name)
def test_arguments_and_blocks_are_the_providers(folder: Path) -> None:
    """A misspelt argument, one of another provider's version, or a missing one fails here and not in a deployment."""
    blocks = [block for block in read(folder) if block.kind in KINDS]
    assert not [finding for block in blocks for finding in against_schema.findings(block)]


@pytest.mark.parametrize("folder", folders(ROOT), ids=lambda folder: folder.name)
def test_whatever_can_have_labels_has_them(folder: Path) -> None:
    """Costs, filters and clean-ups go by them; a channel's and an uptime check's own `labels` are something else."""
    without = []
    for block in (block for block in read(folder) if block.kind == "resource"):
        known = {*(against_schema.schema_of(block) or {}).get("optional", [])} & {"labels", "user_labels"}
        wanted = {"user_labels"} & known or known
        without += [block.labels for _ in wanted - set(block.attributes)]
    assert without == []


def test_values_are_among_those_that_the_provider_names() -> None:
    """Where the provider says which values there are, each one that is set is one of them."""
    found = [one for one in deployment("prod").resources() if one.block.kind in KINDS]
    assert not [finding for one in found for finding in against_schema.unknown_values(one.block, one.values)]


def test_a_wrong_resource_is_found(tmp_path: Path) -> None:
    """What the check is for, one of each: without it this test would be the only one to pass."""
    (tmp_path / "main.tf").write_text("""
        resource "google_pubsub_subscription" "wrong" {
          name                = "x"
          acknowledge_seconds = 10
          retry_policy { minimal_backoff = "10s" }
          retry_policy {}
          push {}
          dynamic "dead_letter_policy" {
            for_each = [1]
            content { attempts = 5 }
          }
        }
        resource "google_pubsub_queue" "none" {}
    """)
    found = "\n".join(finding for block in read(tmp_path) for finding in against_schema.findings(block))
    for wrong in (
        "has no argument acknowledge_seconds",
        "needs topic",
        "has no argument minimal_backoff",
        "takes one retry_policy",
        "push is no block",
        "has no argument attempts",
        "google has no resource google_pubsub_queue",
    ):
        assert wrong in found


def test_the_schema_is_of_the_providers_that_are_pinned() -> None:
    """versions.tf admits exactly the minor version that these files were held against."""
    (terraform,) = parse(ROOT / "versions.tf").blocks
    (required,) = terraform.all("required_providers")
    pinned = {name: evaluate(tree, {}) for name, tree in required.attributes.items()}
    assert set(pinned) == set(SCHEMA)
    for name, about in pinned.items():
        version = SCHEMA[name]["version"]
        assert about["source"] == f"hashicorp/{name}"
        assert about["version"] == f"~> {version.rpartition('.')[0]}.0"
        assert version in SpecifierSet(f"~={version.rpartition('.')[0]}.0")
