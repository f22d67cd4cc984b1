"""What stands in Terraform files: blocks, their attributes as python-hcl2's trees, and where each was written."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import hcl2
from lark import Token, Tree

Expression: TypeAlias = Tree[Token]


@dataclass(frozen=True, eq=False)
class Block:
    """One block: `kind "label" "label" { attributes and blocks }`."""

    kind: str
    labels: tuple[str, ...]
    attributes: dict[str, Expression]
    blocks: tuple["Block", ...]
    file: Path
    line: int

    @property
    def where(self) -> str:
        """The file below `infra/cloud` and the line, for failures to name."""
        return f"{self.file.as_posix().rpartition('infra/cloud/')[2]}:{self.line}"

    @property
    def provider(self) -> str:
        """The provider of a resource: the one that it names, or the one that its type is named after."""
        named = self.attributes.get("provider")
        return word(named) if named else self.labels[0].partition("_")[0]

    def all(self, kind: str) -> list["Block"]:
        """The blocks of a kind right inside this one."""
        return [block for block in self.blocks if block.kind == kind]

    def walk(self) -> Iterator["Block"]:
        """This block and all inside it."""
        yield self
        for block in self.blocks:
            yield from block.walk()


@cache
def read(folder: Path) -> tuple[Block, ...]:
    """All top blocks of the folder's `*.tf`."""
    return tuple(block for path in sorted(folder.glob("*.tf")) for block in parse(path).blocks)


@cache
def parse(path: Path) -> Block:
    """A whole file as one block without a name: a `*.tf`'s blocks, or a `*.tfvars`' attributes.

    Raises:
        lark.UnexpectedInput: it is no HCL.
    """
    body = parts(hcl2.parses_to_tree(path.read_text()))[0]
    return _block("", (), body, path, 1)


@cache
def parse_expression(text: str) -> Expression:
    """One expression, as it stands between `${` and `}`."""
    attribute = parts(parts(hcl2.parses_to_tree(f"x = ({text})"))[0])[0]
    return parts(attribute)[1]


def parts(tree: Expression) -> list[Expression]:
    """What a tree consists of, without punctuation, line ends and comments."""
    return [child for child in tree.children if isinstance(child, Tree) and child.data != "new_line_or_comment"]


def word(tree: Expression) -> str:
    """The text of an identifier, a keyword, a literal, or a string without anything to evaluate."""
    tokens = tree.scan_values(lambda token: isinstance(token, Token) and token.type != "DBLQUOTE")
    return "".join(str(token) for token in tokens)


def _block(kind: str, labels: tuple[str, ...], body: Expression, file: Path, line: int) -> Block:
    attributes: dict[str, Expression] = {}
    blocks = []
    for part in parts(body):
        if part.data == "attribute":
            name, value = parts(part)
            attributes[word(name)] = value
        else:
            *names, inner = parts(part)
            first, *rest = map(word, names)
            blocks.append(_block(first, tuple(rest), inner, file, part.meta.line))
    return Block(kind, labels, attributes, tuple(blocks), file, line)
