"""A module with its inputs: its variables, locals, resources, outputs and the modules that it calls, evaluated."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.unit.infra.cloud.hcl.expressions import evaluate
from tests.unit.infra.cloud.hcl.syntax import Block, Expression, parts, read, word
from tests.unit.infra.cloud.hcl.values import HclError, Lazy, Object, Unknown

RESOURCES = {"resource": "", "data": "data.", "ephemeral": "ephemeral."}
META = {"count", "for_each", "provider", "providers", "depends_on", "source", "version"}  # for Terraform itself


@dataclass(frozen=True, eq=False)
class Resource:
    """One instance of a resource."""

    address: str
    type: str
    values: Object
    block: Block


class Module:
    """A folder of `*.tf` as one of its callers uses it."""

    def __init__(self, folder: Path, inputs: Mapping[str, Any], address: str = "") -> None:
        self.folder = folder
        self.address = address
        self._inputs = inputs
        self.blocks = read(folder)
        self._locals = {
            name: tree for block in self.blocks if block.kind == "locals" for name, tree in block.attributes.items()
        }
        self._calls = {block.labels[0]: block for block in self.blocks if block.kind == "module"}
        self._by_kind = {kind: self._types(kind) for kind in RESOURCES}
        self.names: dict[str, Any] = {
            "var": Lazy({block.labels[0] for block in self._all("variable")}, self._variable),
            "local": Lazy(self._locals, lambda name: self._evaluate(self._locals[name], f"local.{name}")),
            "module": Lazy(self._calls, self._called),
            "path": {"module": str(folder), "root": str(folder), "cwd": str(folder)},
            "terraform": {"workspace": "default"},
            "data": self._by_kind["data"],
            "ephemeral": self._by_kind["ephemeral"],
            **self._by_kind["resource"],
        }

    def _all(self, kind: str) -> list[Block]:
        return [block for block in self.blocks if block.kind == kind]

    @cached_property
    def outputs(self) -> Lazy:
        """Output → value."""
        trees = {block.labels[0]: block.attributes["value"] for block in self._all("output")}
        return Lazy(trees, lambda name: self._evaluate(trees[name], f"output {name}"))

    @cached_property
    def children(self) -> list["Module"]:
        """Every instance of every module that it calls."""
        return [child for name in self._calls for child in _instances(self._call_instances[name])]

    def resources(self) -> Iterator[Resource]:
        """Every instance of every resource and data source, of this module and those that it calls."""
        yield from self.own
        for child in self.children:
            yield from child.resources()

    @cached_property
    def own(self) -> list[Resource]:
        """The instances of this module's own resources."""
        return list(self._own())

    def _own(self) -> Iterator[Resource]:
        for block in self.blocks:
            if block.kind in RESOURCES:
                value = self._by_kind[block.kind][block.labels[0]]
                for one in _instances(value[block.labels[1]]):
                    yield Resource(one.address, block.labels[0], one, block)

    def _types(self, kind: str) -> Lazy:
        return Lazy({block.labels[0] for block in self._all(kind)}, lambda name: self._of_type(kind, name))

    def _of_type(self, kind: str, name: str) -> Lazy:
        blocks = {block.labels[1]: block for block in self._all(kind) if block.labels[0] == name}
        return Lazy(blocks, lambda label: self._resource(blocks[label]))

    def _resource(self, block: Block) -> Any:
        kind, name = block.labels
        address = f"{self.address}{RESOURCES[block.kind]}{kind}.{name}"
        return self._each(block, address, lambda at, names: Object(at, self._body(block, at, names)))

    @cached_property
    def _call_instances(self) -> Lazy:
        def make(name: str) -> Any:
            block = self._calls[name]
            folder = (self.folder / self._evaluate(block.attributes["source"], name)).resolve()
            return self._each(
                block,
                f"{self.address}module.{name}",
                lambda at, names: Module(folder, self._inputs_of(block, at, names), f"{at}."),
            )

        return Lazy(self._calls, make)

    def _inputs_of(self, block: Block, address: str, names: Mapping[str, Any]) -> Lazy:
        """A call's inputs, each when it is asked for: one may need what another has made."""
        trees = {name: tree for name, tree in block.attributes.items() if name not in META}
        return Lazy(trees, lambda name: self._evaluate(trees[name], f"{address}.{name}", names))

    def _called(self, name: str) -> Any:
        found = self._call_instances[name]
        if isinstance(found, list):
            return [child.outputs for child in found]
        return {key: child.outputs for key, child in found.items()} if isinstance(found, dict) else found.outputs

    def _each(self, block: Block, address: str, make: Any) -> Any:
        """What `make` makes of each instance: one thing, a list by `count`, a dict by `for_each`."""
        if "count" in block.attributes:
            number = self._evaluate(block.attributes["count"], address)
            return [make(f"{address}[{at}]", {**self.names, "count": {"index": at}}) for at in range(number)]
        if "for_each" not in block.attributes:
            return make(address, self.names)
        keys = self._evaluate(block.attributes["for_each"], address)
        if isinstance(keys, Unknown):
            raise HclError(f"{block.where}: for_each of {address} is known only after a deployment: {keys}")
        pairs = dict(keys) if isinstance(keys, Mapping) else {key: key for key in keys}
        return {
            key: make(f'{address}["{key}"]', {**self.names, "each": {"key": key, "value": value}})
            for key, value in sorted(pairs.items())
        }

    def _body(self, block: Block, address: str, names: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: self._evaluate(tree, address, names) for name, tree in block.attributes.items() if name not in META
        }
        for inner in block.blocks:
            if inner.kind == "dynamic":
                kind, content = inner.labels[0], inner.all("content")[0]
                iterator = word(inner.attributes["iterator"]) if "iterator" in inner.attributes else kind
                rounds = _rounds(self._evaluate(inner.attributes["for_each"], address, names), address)
                bodies = [(content, {**names, iterator: {"key": key, "value": value}}) for key, value in rounds]
            else:
                kind, bodies = inner.kind, [(inner, dict(names))]
            if kind == "lifecycle":
                continue  # for Terraform itself
            for body, known in bodies:
                at = f"{address}.{kind}[{len(found.get(kind, []))}]"
                found.setdefault(kind, []).append(Object(at, self._body(body, at, known)))
        return found

    def _variable(self, name: str) -> Any:
        (block,) = (block for block in self._all("variable") if block.labels[0] == name)
        if name in self._inputs:
            value = self._inputs[name]
        elif "default" in block.attributes:
            value = evaluate(block.attributes["default"], {})
        else:
            raise HclError(f"{block.where}: nothing is given for variable {name} of {self.address or 'the root'}")
        if value is None and "default" in block.attributes and "nullable" in block.attributes:
            value = evaluate(block.attributes["default"], {})
        return with_defaults(block.attributes["type"], value)

    def _evaluate(self, tree: Expression, address: str, names: Mapping[str, Any] | None = None) -> Any:
        try:
            return evaluate(tree, self.names if names is None else names)
        except HclError as exc:
            raise HclError(f"{address} ({self.folder.name}, line {tree.meta.line}): {exc}") from exc


def with_defaults(type_: Expression, value: Any) -> Any:
    """A variable's value with what its type's `optional(…, default)` adds."""
    inner = parts(type_)[0] if type_.data == "expr_term" else type_
    if inner.data != "function_call" or value is None or isinstance(value, Unknown):
        return value
    name, arguments = word(parts(inner)[0]), parts(parts(inner)[1])
    if name in {"list", "set"}:
        return [with_defaults(arguments[0], one) for one in value]
    if name == "map":
        return {key: with_defaults(arguments[0], value[key]) for key in value}
    if name != "object":
        return value
    fields = {word(parts(element)[0]): parts(element)[1] for element in parts(parts(arguments[0])[0])}
    return {field: _field(field, tree, value) for field, tree in fields.items()}


def _field(name: str, tree: Expression, given: Mapping[str, Any]) -> Any:
    inner = parts(tree)[0]
    if inner.data == "function_call" and word(parts(inner)[0]) == "optional":
        type_, *default = parts(parts(inner)[1])
        value = given.get(name)
        return with_defaults(type_, evaluate(default[0], {}) if value is None and default else value)
    if name not in given:
        raise HclError(f"the attribute {name} is missing; there are {', '.join(given)}")
    return with_defaults(tree, given[name])


def _rounds(value: Any, address: str) -> list[tuple[Any, Any]]:
    if isinstance(value, Unknown):
        raise HclError(f"for_each of a block of {address} is known only after a deployment: {value}")
    return sorted(value.items()) if isinstance(value, Mapping) else list(enumerate(value))


def _instances(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return list(value.values()) if type(value) is dict else [value]
