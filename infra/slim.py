"""Python without its docstrings and comments: a third of our text, which a deployed function has no use for.

What is left stands in the lines where it stood, so the numbers in a traceback are those of the repository.
"""

import ast
import tokenize
from collections.abc import Iterator
from functools import cache
from io import BytesIO

Span = tuple[int, int, int, int]  # the first line, from 1, and the column, in characters; the last, and the one after
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def slim(source: bytes) -> bytes:
    """The same statements at the same lines, in UTF-8.

    A body that was a docstring alone becomes `...`. The docstring of a class with keywords stays, `frozen=True` say:
    such is a Struct, and msgspec tells it in the contract.

    Raises:
        SyntaxError: it is not Python.
    """
    encoding, _ = tokenize.detect_encoding(BytesIO(source).readline)
    lines = source.decode(encoding).replace("\r\n", "\n").split("\n")
    text = "\n".join(lines).encode()
    tree = ast.parse(text)
    spans = [*_comments(text), *_docstrings(tree, lines)]
    for (first, start, last, end), instead in sorted(spans, reverse=True):
        left = (lines[first - 1][:start] + instead + lines[last - 1][end:]).rstrip()
        lines[first - 1 : last] = [left, *[""] * (last - first)]
    return "\n".join(lines).encode()


def _comments(text: bytes) -> Iterator[tuple[Span, str]]:
    for token in tokenize.tokenize(BytesIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield (*token.start, *token.end), ""


def _docstrings(tree: ast.Module, lines: list[str]) -> Iterator[tuple[Span, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, DOCUMENTED) or ast.get_docstring(node, clean=False) is None:
            continue
        if isinstance(node, ast.ClassDef) and node.keywords:
            continue
        docstring, *others = node.body
        needed = others[0].lineno == docstring.end_lineno if others else not isinstance(node, ast.Module)
        yield _span(docstring, lines), "..." if needed else ""


def _span(node: ast.stmt, lines: list[str]) -> Span:
    """Where it stands; a syntax tree counts columns in bytes of UTF-8."""
    last = node.end_lineno or node.lineno
    before = lines[node.lineno - 1].encode()[: node.col_offset].decode()
    until = lines[last - 1].encode()[: node.end_col_offset].decode()
    return node.lineno, len(before), last, len(until)
