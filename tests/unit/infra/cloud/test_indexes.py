"""firestore.indexes.json is whole: every collection that the code has, once."""

import ast
import json
from collections import Counter
from collections.abc import Iterator

from tests.unit.infra.cloud.tree import ROOT

STORES = ROOT.parents[1] / "shared" / "gcp"
DEFINITIONS = json.loads((ROOT / "firestore.indexes.json").read_text())
# Whose collection is named by who makes it, by a constant of the same module.
NAMED_BY_CALLER = {"parent_store": "BATCHES"}
# Of another module, which is looked at itself.
IMPORTED = {"LEDGER"}
# What the code gives a `purge_at` (shared/domain), each in its collection.
PASSING = {"jobs", "deliveries", "endpoints", "batches", "upload_keys"}


def collections() -> Iterator[str]:
    """The collections that the adapters read and write."""
    for path in STORES.glob("*.py"):
        tree = ast.parse(path.read_text())
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(attr="collection" | "name_of"), args=[ast.Constant(str(name)), *_]):
                    yield name
                case ast.Call(func=ast.Attribute(attr="collection" | "name_of"), args=[ast.Name(name), *_]) if (
                    name not in IMPORTED
                ):
                    yield str(constants[NAMED_BY_CALLER.get(path.stem, name)])


def test_no_collection_is_indexed_by_itself() -> None:
    """`*` is off for each: else every field of a document costs index entries, and one that rises bounds the writes."""
    off = {each["collectionGroup"] for each in DEFINITIONS["fieldOverrides"] if each["fieldPath"] == "*"}
    assert off == set(collections())
    assert all(each["indexes"] == [] for each in DEFINITIONS["fieldOverrides"] if each["fieldPath"] == "*")


def test_what_has_a_time_to_live_is_removed() -> None:
    """A TTL a collection whose documents say when they may go, and no index of it, which would rise with time."""
    lives = [each for each in DEFINITIONS["fieldOverrides"] if each.get("ttl")]
    assert {each["collectionGroup"] for each in lives} == PASSING
    assert all(each["fieldPath"] == "purge_at" and each["indexes"] == [] for each in lives)


def test_nothing_is_defined_twice() -> None:
    """Of two definitions of a field one is not meant, and of two equal indexes each costs every write."""
    fields = Counter((each["collectionGroup"], each["fieldPath"]) for each in DEFINITIONS["fieldOverrides"])
    indexes = Counter(json.dumps(each, sort_keys=True) for each in DEFINITIONS["indexes"])
    assert [name for name, times in (fields + indexes).items() if times > 1] == []
