"""What the expressions of a module name: variables, locals, resources and outputs, whether or not they are there."""

from collections.abc import Iterator
from pathlib import Path

from lark import Token

from tests.unit.infra.cloud.against_schema import schema_of
from tests.unit.infra.cloud.hcl.syntax import Block, Expression, parse_expression, parts, read, word
from tests.unit.infra.cloud.hcl.templates import expressions

STEPS = {"get_attr_expr_term", "index_expr_term", "attr_splat_expr_term", "full_splat_expr_term"}
HEREDOCS = {"heredoc_template", "heredoc_template_trim"}
OURS = {"path", "terraform", "each", "count", "self"}  # Terraform's own words
CALL_META = {"source", "version", "count", "for_each", "providers", "depends_on"}

# Of these blocks: types, and providers' names.
NOT_EXPRESSIONS = {"variable": {"type"}, "module": {"providers"}, "resource": {"provider"}, "data": {"provider"}}

Chain = tuple[str, ...]  # ("module", "lane", "[]", "topic")


def chains(tree: Expression, bound: frozenset[str] = frozenset()) -> Iterator[Chain]:
    """Every name in an expression with what is asked of it; those that a `for` inside it binds are left out."""
    if tree.data in HEREDOCS:
        for text in expressions(word(tree)):
            yield from chains(parse_expression(text), bound)
    elif tree.data in {"for_tuple_expr", "for_object_expr"}:
        intro, *rest = parts(tree)
        *variables, collection = parts(intro)
        yield from chains(collection, bound)
        for part in rest:
            yield from chains(part, bound | {word(variable) for variable in variables})
    elif tree.data == "object_elem_key":
        inner = parts(tree)[0]
        if not _bare(inner):
            yield from chains(inner, bound)
    elif tree.data == "function_call":
        for part in parts(tree)[1:]:
            yield from chains(part, bound)
    else:
        yield from _chain(tree, bound)


def _chain(tree: Expression, bound: frozenset[str]) -> Iterator[Chain]:
    steps: list[str] = []
    while tree.data in STEPS or (tree.data == "expr_term" and len(parts(tree)) == 1 and parts(tree)[0].data in STEPS):
        if tree.data == "expr_term":
            (tree,) = parts(tree)
            continue
        tree, step = parts(tree)
        inner = [step] if step.data in {"get_attr", "braces_index", "short_index"} else parts(step)
        names = [word(parts(one)[0]) if one.data == "get_attr" else "[]" for one in inner]
        steps[:0] = names if inner == [step] else ["[]", *names]
        for one in inner:
            if one.data == "braces_index":
                yield from chains(parts(one)[0], bound)
    if tree.data == "identifier" or (tree.data == "expr_term" and _bare(tree)):
        name = word(tree)
        if name not in bound:
            yield (name, *steps)
    else:
        for part in parts(tree):
            yield from chains(part, bound)


def _bare(tree: Expression) -> bool:
    first = tree.children[0] if tree.data == "expr_term" else tree
    return not isinstance(first, Token) and first.data in {"identifier", "keyword"}


def named(block: Block, bound: frozenset[str] = frozenset()) -> Iterator[tuple[Block, Chain]]:
    """Every name in a block and those inside it, with the block that it stands in."""
    for name, tree in block.attributes.items():
        if name not in NOT_EXPRESSIONS.get(block.kind, ()):
            yield from ((block, chain) for chain in chains(tree, bound) if chain[0] not in OURS)
    for inner in block.blocks:
        iterator = inner.labels[0] if inner.kind == "dynamic" else ""
        if "iterator" in inner.attributes and inner.kind == "dynamic":
            iterator = word(inner.attributes["iterator"])
        yield from named(inner, bound | {iterator})


def dangling(folder: Path) -> Iterator[str]:
    """Names in a module's files that nothing has, and inputs of the modules it calls that these have not, or miss."""
    blocks = read(folder)
    for block in blocks:
        if block.kind not in {"terraform", "provider"}:
            for at, chain in named(block):
                if trouble := _trouble(blocks, folder, chain):
                    yield f"{at.where}: {'.'.join(chain)}: {trouble}"
        if block.kind == "module":
            yield from _inputs(block, folder)


def _trouble(blocks: tuple[Block, ...], folder: Path, chain: Chain) -> str:
    kind, *steps = chain
    asked = [step for step in steps if step != "[]"]
    match kind:
        case "var":
            return "" if asked[0] in labels(blocks, "variable") else "there is no such variable"
        case "local":
            return "" if asked[0] in local_names(blocks) else "there is no such local"
        case "module":
            calls = {block.labels[0]: block for block in blocks if block.kind == "module"}
            if asked[0] not in calls:
                return "there is no such module"
            outputs = labels(read(called(calls[asked[0]], folder)), "output")
            return "" if len(asked) == 1 or asked[1] in outputs else f"it has the outputs {', '.join(outputs)}"
        case "data" | "ephemeral":
            return _of_resource(blocks, kind, asked)
    return _of_resource(blocks, "resource", [kind, *asked])


def _of_resource(blocks: tuple[Block, ...], kind: str, asked: list[str]) -> str:
    found = [block for block in blocks if block.kind == kind and list(block.labels) == asked[:2]]
    if not found:
        return f"there is no such {kind}"
    schema = schema_of(found[0]) or {}
    known = {name for part in ("required", "optional", "computed", "other_blocks") for name in schema.get(part, [])}
    known.update(schema.get("blocks", {}))
    return "" if len(asked) == 2 or asked[2] in known else f"it has {', '.join(sorted(known))}"


def _inputs(call: Block, folder: Path) -> Iterator[str]:
    variables = {block.labels[0]: block for block in read(called(call, folder)) if block.kind == "variable"}
    given = set(call.attributes) - CALL_META
    for name in sorted(given - set(variables)):
        yield f"{call.where}: module {call.labels[0]} has no variable {name}"
    for name, block in variables.items():
        if "default" not in block.attributes and name not in given:
            yield f"{call.where}: module {call.labels[0]} needs {name}"


def called(call: Block, folder: Path) -> Path:
    """The folder of the module that is called."""
    return (folder / word(call.attributes["source"])).resolve()


def labels(blocks: tuple[Block, ...], kind: str) -> list[str]:
    """The names of a module's variables, outputs or calls."""
    return [block.labels[0] for block in blocks if block.kind == kind]


def local_names(blocks: tuple[Block, ...]) -> set[str]:
    """The names of a module's locals."""
    return {name for block in blocks if block.kind == "locals" for name in block.attributes}


def unused(folder: Path) -> Iterator[str]:
    """Variables and locals that no expression of the module names; a variable's own validation does not count."""
    blocks = read(folder)
    used = {chain[:2] for block in blocks if block.kind != "variable" for _, chain in named(block)}
    yield from (f"{folder.name}: var.{name}" for name in labels(blocks, "variable") if ("var", name) not in used)
    yield from (f"{folder.name}: local.{name}" for name in local_names(blocks) if ("local", name) not in used)
