"""Variables, outputs and references of every module: described, checked where that makes sense, there, and used."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.infra.cloud import references
from tests.unit.infra.cloud.hcl.expressions import evaluate
from tests.unit.infra.cloud.hcl.modules import Module
from tests.unit.infra.cloud.hcl.syntax import Block, parse, read, word
from tests.unit.infra.cloud.tree import GIVEN, ROOT, VARIANTS, deployment, environments, folders

MODULES = folders(ROOT)
EVERY = pytest.mark.parametrize("folder", MODULES, ids=lambda folder: folder.name)

# Variables that no validation would judge better; of each, why.
UNCHECKED = {
    "project_id": "the root's project, which is validated there",
    "region": "the root's, which is validated there",
    "location": "the root's region or database_location, which are validated there",
    "labels": "made by the root of words that it validated",
    "project_number": "Google's own answer",
    "gateway_region": "a precondition of the gateway names the regions that there are",
    "first_secrets": "made by make deploy; one that is missing is missed by name",
    "first_values": "the root's first_secrets",
    "description": "free text",
    "entry_point": "a function of main.py, which test_functions.py looks for there",
    "source_archive": "what the root has made",
    "build": "what the root has made",
    "service_account_email": "what the root has made",
    "environment": "test_environment.py holds it against shared/config.py",
    "secrets": "test_environment.py holds it against shared/config.py",
    "topic": "the root names the functions' own topics",
    "subscriber": "the root names a function",
    "function": "what the root has made",
    "function_uri": "what the root has made",
    "publishers": "what the root has made; test_grants.py knows each",
    "pubsub_agent": "Google's own answer",
    "own_origin": "the API's own address",
    "deployed": "what the root has made",
    "definitions": "a path in this folder",
}


def variables(folder: Path) -> list[Block]:
    """The variables of a module."""
    return [block for block in read(folder) if block.kind == "variable"]


@EVERY
def test_variables_and_outputs_say_what_they_are(folder: Path) -> None:
    """A type and a description for each variable, a description for each output: they are the module's manual."""
    assert not [block.where for block in variables(folder) if not {"type", "description"} <= set(block.attributes)]
    described = [block for block in read(folder) if block.kind in {"variable", "output"}]
    short = [block.where for block in described if len(word(block.attributes["description"])) < len("As whom.")]
    assert not short


@EVERY
def test_variables_are_validated_where_that_makes_sense(folder: Path) -> None:
    """A wrong value is refused before anything is changed; a bool cannot be wrong; of the rest, UNCHECKED says why."""
    assert not unchecked(folder) - set(UNCHECKED)


def test_no_variable_is_excused_that_need_not_be() -> None:
    """A row of UNCHECKED goes when its variable does, or gets a validation."""
    assert not set(UNCHECKED) - {name for folder in MODULES for name in unchecked(folder)}


def unchecked(folder: Path) -> set[str]:
    """The variables that may be given anything: validated neither here nor by a module that they are handed to."""
    found = {block.labels[0]: block for block in variables(folder) if word(block.attributes["type"]) != "bool"}
    handed = {
        chain[1]
        for call in read(folder)
        if call.kind == "module"
        for block in variables(references.called(call, folder))
        if block.all("validation") and block.labels[0] in call.attributes
        for chain in references.chains(call.attributes[block.labels[0]])
        if chain[0] == "var"
    }
    return {name for name, block in found.items() if not block.all("validation")} - handed


@EVERY
def test_every_reference_resolves(folder: Path) -> None:
    """Variables, locals, resources and their attributes, modules with their inputs and outputs: all there."""
    assert not list(references.dangling(folder))


@EVERY
def test_nothing_is_declared_for_nobody(folder: Path) -> None:
    """A variable or a local that nothing reads is a setting without effect."""
    assert not list(references.unused(folder))


def test_wrong_references_are_found(tmp_path: Path) -> None:
    """What the two checks above are for, one of each."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "main.tf").write_text('variable "needed" { type = string }\noutput "there" { value = 1 }')
    (tmp_path / "main.tf").write_text("""
        variable "idle" { type = string }
        locals {
          a = [for x in var.none : x.y]
          b = module.inner.there + module.inner.gone + module.lost.x
          c = google_pubsub_topic.topic.nonsense + google_pubsub_topic.other.id
          d = <<-EOT
            ${data.google_project.none.number}
          EOT
        }
        resource "google_pubsub_topic" "topic" { name = local.missing }
        module "inner" {
          source  = "./inner"
          unasked = 1
        }
    """)
    found = "\n".join(references.dangling(tmp_path))
    for wrong in (
        "var.none: there is no such variable",
        "module.inner.gone: it has the outputs there",
        "module.lost.x: there is no such module",
        "google_pubsub_topic.topic.nonsense: it has",
        "google_pubsub_topic.other.id: there is no such resource",
        "data.google_project.none.number: there is no such data",
        "local.missing: there is no such local",
        "has no variable unasked",
        "needs needed",
    ):
        assert wrong in found
    assert len(found.splitlines()) == len(
        ["none", "gone", "lost", "nonsense", "other", "data", "missing", "unasked", "needed"]
    )
    assert {line.rpartition(" ")[2] for line in references.unused(tmp_path)} == {
        "var.idle",
        "local.a",
        "local.b",
        "local.c",
        "local.d",
    }


@pytest.mark.parametrize("environment", environments())
def test_an_environment_is_whole(environment: str) -> None:
    """Its file names only variables that there are; what it leaves open, `make deploy` gives."""
    root = {block.labels[0]: block for block in variables(ROOT)}
    given = set(parse(ROOT / "environments" / f"{environment}.tfvars").attributes) | set(GIVEN)
    assert given <= set(root)
    assert {name for name, block in root.items() if "default" not in block.attributes} <= given


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("environment", environments())
def test_every_validation_and_precondition_holds(environment: str, variant: str) -> None:
    """In the root and in each module as it is called, with whatever is switched on or off."""
    assert not list(broken(deployment(environment, variant)))


def test_a_wrong_value_breaks_its_validation() -> None:
    """The check above sees what it is for, with the message of the variable."""
    wrong = Module(ROOT, {**GIVEN, "lease_seconds": 600, "min_instances": {"notify": 11}})
    found = "\n".join(broken(wrong))
    assert "lease_seconds is a whole number" in found
    assert "notify: min_instances must not be above max_instances." in found


def broken(module: Module) -> Iterator[str]:
    """The messages of every validation and precondition that fails, of a module and those that it calls."""
    checks = [check for block in variables(module.folder) for check in block.all("validation")]
    checks += [check for one in module.own for life in one.block.all("lifecycle") for check in life.all("precondition")]
    for check in checks:
        if evaluate(check.attributes["condition"], module.names) is not True:
            yield f"{check.where}: {evaluate(check.attributes['error_message'], module.names)}"
    for child in module.children:
        yield from broken(child)
