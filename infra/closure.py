"""What a function reaches of `shared`: the closure of its imports, as files."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
COMPUTED = {"import_module", "__import__"}
LEFT_OUT = {"__pycache__", ".DS_Store"}


class BundleError(Exception):
    """A function cannot be bundled; the text says why."""


def files_below(folder: Path) -> Iterator[Path]:
    """Every file in the folder, at any depth, but for what machines leave behind."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not LEFT_OUT & set(path.parts):
            yield path


def reached(function: str) -> Iterator[Path]:
    """The modules of `shared` that the function's imports reach, and the data files of their packages.

    Raises:
        BundleError: an import cannot be followed, or leads into another function.
    """
    modules = _modules(function)
    own = {f"functions.{function}", *(name for name in modules if name.startswith(f"functions.{function}."))}
    others = {name for name in modules if name.startswith("functions.")} - own
    if others:
        raise BundleError(f"{function} imports {', '.join(sorted(others))}: functions share code through shared/ alone")
    for module in sorted(name for name in modules if name.split(".")[0] == "shared"):
        yield _source(module)
        if _source(module).name == "__init__.py":
            yield from _data(_source(module).parent)


@cache
def _graph() -> grimp.ImportGraph:
    """Who imports whom, as the sources stood when it was first asked for: each function has its part of it."""
    return grimp.build_graph("functions", "shared", cache_dir=None, exclude_type_checking_imports=True)


def _modules(function: str) -> set[str]:
    graph = _graph()
    found: set[str] = set()
    waiting = [f"functions.{function}.main"]
    while waiting:
        module = waiting.pop()
        if module in found or module not in graph.modules:
            continue
        package = module.rpartition(".")[0]  # its __init__ runs first
        waiting += [package, *graph.find_modules_directly_imported_by(module)]
        if _source(module).exists():  # else a folder without __init__
            found.add(module)
            if _imports_its_own_by_name(_source(module)):
                waiting += graph.find_descendants(module)
    return found


def _source(module: str) -> Path:
    path = ROOT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _data(package: Path) -> Iterator[Path]:
    for path in sorted(package.iterdir()):
        if path.is_dir() and not any(path.rglob("*.py")):
            yield from files_below(path)
        elif path.is_file() and path.suffix != ".py" and path.name not in LEFT_OUT:
            yield path


def _imports_its_own_by_name(path: Path) -> bool:
    """Whether a package's face loads modules of that package by a computed name: any of them may be meant.

    Raises:
        BundleError: it may load anything else by a computed name.
    """
    text = path.read_bytes()
    if not any(name.encode() in text for name in COMPUTED):
        return False
    tree = ast.parse(text, str(path))
    followed = {
        id(loader)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for loader, name in zip([call.func, *call.args], call.args, strict=False)
        if path.name == "__init__.py" and ast.unparse(name).startswith(("f'{__name__}.", 'f"{__name__}.'))
    }
    loaders = [node for node in ast.walk(tree) if _named(node) in COMPUTED]
    for loader in loaders:
        if id(loader) not in followed:
            where = f"{path.relative_to(ROOT)}:{getattr(loader, 'lineno', 0)}"
            raise BundleError(f"{where} uses {_named(loader)}, which cannot be followed: write an import statement")
    return bool(loaders)


def _named(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
