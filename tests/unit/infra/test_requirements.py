"""What the functions require is what they import."""

import ast
import sys
from importlib.metadata import files
from pathlib import Path

import pytest

from infra.bundle import bundle, functions

# Loaded by name, not by an import statement of ours: the server's parts, and what reads YAML and Starlette's forms.
BY_NAME = {"functions-framework", "httptools", "uvloop", "PyYAML", "python-multipart"}


@pytest.mark.parametrize("function", functions())
def test_a_function_requires_only_what_it_imports(function: str, tmp_path: Path) -> None:
    """A requirement that no import needs makes every cold start and every build slower."""
    folder = bundle(function, tmp_path).folder
    imported = {name for path in folder.rglob("*.py") for name in _imports(path)}
    lines = (folder / "requirements.txt").read_text().splitlines()[1:]
    unused = {name for line in lines if not imported & _modules(name := line.split("==")[0])}
    assert unused <= BY_NAME


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.split(".")[0] not in sys.stdlib_module_names}


def _modules(distribution: str) -> set[str]:
    """Every module that a distribution brings."""
    paths = [path for path in files(distribution) or () if path.suffix in {".py", ".so"}]
    stems = [path.with_name(path.name.split(".")[0]) for path in paths]
    return {".".join(stem.parent.parts if stem.name == "__init__" else stem.parts) for stem in stems}
