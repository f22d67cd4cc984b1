"""What a provider's schema finds wrong in resources: arguments that there are not, and those that are missing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.unit.infra.cloud.hcl.syntax import Block
from tests.unit.infra.cloud.hcl.values import Object

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("provider_schema.json").read_text())
META = {"count", "for_each", "provider", "depends_on"}
META_BLOCKS = {"lifecycle", "provisioner", "connection"}
AGAIN = "make provider_schema.json anew (python -m tests.unit.infra.cloud.make_schema)"


def schema_of(block: Block) -> dict[str, Any] | None:
    """What the block's provider knows of its type; None: nothing, or nothing yet."""
    found: dict[str, Any] | None = SCHEMA.get(block.provider, {}).get(block.kind, {}).get(block.labels[0])
    return found


def findings(block: Block) -> Iterator[str]:
    """What is wrong with the arguments of a resource, a data source or an ephemeral resource."""
    schema = schema_of(block)
    if schema is None:
        yield f"{block.where}: {block.provider} has no {block.kind} {block.labels[0]}, or {AGAIN}"
    else:
        yield from _body(block, block, schema, ".".join(block.labels), META)


def unknown_values(block: Block, values: Object) -> Iterator[str]:
    """Values that the provider does not know, where it says which there are."""
    schema = schema_of(block)
    if schema:
        yield from _values(block, values, schema)


def _body(block: Block, at: Block, schema: dict[str, Any], path: str, meta: set[str]) -> Iterator[str]:
    required, optional = schema.get("required", []), schema.get("optional", [])
    blocks, others = schema.get("blocks", {}), schema.get("other_blocks", [])
    for name in sorted(set(at.attributes) - {*required, *optional} - meta):
        yield f"{at.where}: {path} has no argument {name}; it has {', '.join(sorted([*required, *optional]))}"
    for name in sorted(set(required) - set(at.attributes)):
        yield f"{at.where}: {path} needs {name}"
    found: dict[str, list[Block]] = {}
    for inner in at.blocks:
        kind = inner.labels[0] if inner.kind == "dynamic" else inner.kind
        if kind not in META_BLOCKS:
            found.setdefault(kind, []).append(inner)
    for kind, each in found.items():
        if kind not in blocks:
            text = f"was not used before: {AGAIN}" if kind in others else f"is no block; there are {', '.join(blocks)}"
            yield f"{each[0].where}: {path}.{kind} {text}"
            continue
        if blocks[kind]["single"] and len([one for one in each if one.kind != "dynamic"]) > 1:
            yield f"{each[1].where}: {path} takes one {kind}"
        for one in each:
            body = one.all("content")[0] if one.kind == "dynamic" else one
            yield from _body(block, body, blocks[kind], f"{path}.{kind}", set())
    for kind in sorted(name for name, inner in blocks.items() if inner["required_block"] and name not in found):
        yield f"{at.where}: {path} needs a block {kind}"


def _values(block: Block, values: Object, schema: dict[str, Any]) -> Iterator[str]:
    for name, known in schema.get("values", {}).items():
        value = values.get(name)
        if isinstance(value, str) and "${" not in value and value not in known:
            yield f"{block.where}: {name} of {values.address} is {value}; there are {', '.join(known)}"
    for kind, inner in schema.get("blocks", {}).items():
        for one in values.get(kind, []):
            yield from _values(block, one, inner)
