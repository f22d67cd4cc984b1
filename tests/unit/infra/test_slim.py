"""Python without docstrings and comments is the same program, line by line."""

import ast
from pathlib import Path

import pytest

from infra.slim import slim
from tests.processes import ROOT

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

BEFORE = '''#!/usr/bin/env python
"""A module,
with a future."""

from __future__ import annotations

import msgspec  # for records


class Plain:  # é
    """Documented."""


class Record(msgspec.Struct, frozen=True):
    """Told in the contract."""

    text: "str" = "é # no comment"  # a comment


def one() -> str: "on one line"; return f"{'#'} # {1}"


async def wrapped(
    a: int,  # the first

    # nothing
    b: int = 1 + \\
    2,
) -> str:
    """Some
    lines."""  # after it
    # what follows is no docstring
    return """\\
# stays
    """ + ("a"  # here
           "b")
'''

AFTER = '''



from __future__ import annotations

import msgspec


class Plain:
    ...


class Record(msgspec.Struct, frozen=True):
    """Told in the contract."""

    text: "str" = "é # no comment"


def one() -> str: ...; return f"{'#'} # {1}"


async def wrapped(
    a: int,


    b: int = 1 + \\
    2,
) -> str:



    return """\\
# stays
    """ + ("a"
           "b")
'''


def test_what_nobody_runs_is_gone() -> None:
    """And only that: strings with a # in them, continued lines, and what a Struct says of itself stay."""
    assert slim(BEFORE.encode()).decode() == AFTER
    assert slim(AFTER.encode()).decode() == AFTER


def test_another_encoding_becomes_utf_8() -> None:
    """The line that named it is a comment, and gone; ends of lines are Unix's."""
    assert slim(b"# coding: latin-1\r\na = '\xe9'\r\n").decode() == "\na = 'é'\n"


def test_what_is_not_python_is_refused() -> None:
    """Here, and not when a function starts."""
    with pytest.raises(SyntaxError):
        slim(b"def f(:\n")


def test_every_file_that_is_deployed_is_the_same_program() -> None:
    """Its statements are, and where they begin."""
    files = {*ROOT.glob("functions/**/*.py"), *ROOT.glob("shared/**/*.py")} - {*ROOT.glob("shared/client/**/*.py")}
    assert files
    for path in sorted(files):
        source = path.read_bytes()
        before, after = _bare(source, path), _bare(slim(source), path)
        assert ast.dump(before) == ast.dump(after), path
        assert _places(before) == _places(after), path


def _bare(source: bytes, path: Path) -> ast.Module:
    """The syntax tree without docstrings."""
    tree = ast.parse(source, str(path))
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            docstring, *others = node.body
            if not others and not isinstance(node, ast.Module):
                others = [ast.copy_location(ast.Expr(ast.Constant(...)), docstring)]
            node.body = others
    return tree


def _places(tree: ast.Module) -> list[tuple[int, int]]:
    return [(node.lineno, node.col_offset) for node in ast.walk(tree) if isinstance(node, ast.stmt)]
