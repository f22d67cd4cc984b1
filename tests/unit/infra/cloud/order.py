"""The order in which Terraform can do things: what waits for what, and whether anything waits for itself.

As Terraform has it: an input, an output and a resource of a module each wait for what they name, and not for the rest
of their module; but a module that is looked up by a computed key is waited for as a whole, and so is one without an
output.
https://developer.hashicorp.com/terraform/internals/graph
"""

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from lark import Token

from tests.unit.infra.cloud.hcl.syntax import Block, Expression, read, word

NAMED = re.compile(
    r"""\b(?:(?P<kind>var|local)\.(?P<name>\w+)
          |module\.(?P<module>\w+)(?P<key>\[[^]]*\]|\[\*\])?(?:\.(?P<output>\w+))?
          |(?P<type>(?:data\.)?[a-z]+_\w+)\.(?P<resource>\w+))""",
    re.VERBOSE,
)
WORDS = {"for", "in", "if"}  # what stands beside a name without any sign between
CALL = {"source", "providers", "for_each", "count", "depends_on"}  # of a module block, what is no input


def waits(root: Path) -> dict[str, set[str]]:
    """Everything of the root and the modules that it calls, each with what it waits for."""
    graph = dict(_of_module(read(root), ""))
    for call in (block for block in read(root) if block.kind == "module"):
        (name,) = call.labels
        begin, end, prefix = f"module.{name} (begin)", f"module.{name} (end)", f"module.{name}."
        inside = dict(_of_module(read(root / word(call.attributes["source"]).strip('"')), prefix))
        graph[begin] = set().union(*(_named(_text(call.attributes[each]), "") for each in CALL & set(call.attributes)))
        graph |= {node: wanted | {begin} for node, wanted in inside.items()}
        for each in set(call.attributes) - CALL:
            graph.setdefault(f"{prefix}var.{each}", set()).update({begin, *_named(_text(call.attributes[each]), "")})
        graph[end] = set(inside)
    return graph


def circle(root: Path) -> list[str]:
    """Things that wait for each other in a circle; none where there is an order."""
    try:
        TopologicalSorter(waits(root)).prepare()
    except CycleError as exc:
        found: list[str] = exc.args[1]
        return found
    return []


def _of_module(blocks: tuple[Block, ...], prefix: str) -> Iterator[tuple[str, set[str]]]:
    for block in blocks:
        if block.kind == "locals":
            for name, tree in block.attributes.items():
                yield f"{prefix}local.{name}", _named(_text(tree), prefix)
        elif block.kind in {"variable", "output", "resource", "data"}:
            short = {"variable": "var.", "output": "output.", "resource": "", "data": "data."}[block.kind]
            text = " ".join(_text(tree) for one in block.walk() for tree in one.attributes.values())
            node = f"{prefix}{short}{'.'.join(block.labels)}"
            yield node, _named(text, prefix) - {node}  # a validation names its own variable


def _text(tree: Expression) -> str:
    """An expression with its quotation marks, which tell a written key from a computed one."""
    tokens = (str(token) for token in tree.scan_values(lambda token: isinstance(token, Token)))
    return "".join(f" {token} " if token in WORDS else token for token in tokens)


def _named(text: str, prefix: str) -> set[str]:
    found = set()
    for match in NAMED.finditer(text):
        computed = match["key"] is not None and not match["key"].startswith('["')
        if match["module"]:
            whole = computed or not match["output"]
            found.add(
                f"module.{match['module']} (end)" if whole else f"module.{match['module']}.output.{match['output']}"
            )
        else:
            kind = f"{match['kind']}.{match['name']}" if match["kind"] else f"{match['type']}.{match['resource']}"
            found.add(prefix + kind)
    return found
