"""The dashboard's files keep to the page's own rules: what a browser refuses once somebody looks, fails here before."""

import gzip
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[4] / "functions/status/dashboard"
FILES = sorted(path for path in PAGE.rglob("*") if path.suffix in {".html", ".js", ".css", ".svg"})
MODULES = [path for path in FILES if path.suffix == ".js"]
NAMES = [path.relative_to(PAGE).as_posix() for path in FILES]
MAX_FIRST = 200_000  # bytes of what the first view waits for, as it is written
MAX_SENT = 200_000  # of all files, as a browser is sent them
MAX_LINES = 250
NAMESPACE = "http://www.w3.org/2000/svg"

IMPORT = re.compile(r"""(?:^import\b[^;"']*|^export\b[^;"'(]*\bfrom\s*|\bimport\()["']([^"']+)["']""", re.MULTILINE)
LINKED = re.compile(r'(?:href|src)="([^"]+)"')
# What makes markup, or code, of a string.
FROM_TEXT = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|DOMParser|document\.write"
    r"|eval|Function|srcdoc)\b\s*[=(]|javascript:"
)
HOST = re.compile(r"\b(?:https?|wss?)://[^\s\"'`)]+|[\"'(]//[a-z]")
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)


def test_it_is_as_small_as_one_page_may_be() -> None:
    """What the first view waits for, all of it as it is sent, and each file by itself."""
    assert sum(len(gzip.compress(path.read_bytes())) for path in FILES) < MAX_SENT
    first = (
        {path for path in FILES if path.suffix != ".js"} | _reached(PAGE / "app.js") | _reached(PAGE / "views/queue.js")
    )
    assert sum(path.stat().st_size for path in first) < MAX_FIRST
    assert {name: lines for name, path in zip(NAMES, FILES, strict=True) if (lines := _lines(path)) > MAX_LINES} == {}


def test_its_markup_has_no_script_and_no_style_of_its_own() -> None:
    """The Content-Security-Policy would leave them out."""
    html = (PAGE / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", html) == []


def test_what_its_markup_names_is_there() -> None:
    """Style sheets, modules and the icon."""
    named = [link for link in LINKED.findall((PAGE / "index.html").read_text()) if link.startswith("dashboard/")]
    assert [link for link in named if not (PAGE / link.removeprefix("dashboard/")).is_file()] == []
    assert {name for name in NAMES if name.startswith("css/")} <= {link.removeprefix("dashboard/") for link in named}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PAGE).as_posix())
def test_a_module_imports_what_is_there(path: Path) -> None:
    """By paths beside it: the page has nothing that would resolve a package's name."""
    wanted = [name for name in IMPORT.findall(path.read_text()) if "${" not in name]
    assert [name for name in wanted if not (name.startswith(".") and (path.parent / name).resolve().is_file())] == []


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_file_makes_no_markup_of_text_and_names_no_host(path: Path) -> None:
    """A prompt stays text, and what is shown comes from the one server."""
    text = COMMENT.sub("", path.read_text())
    assert [found.group() for found in FROM_TEXT.finditer(text)] == []
    assert [host for host in HOST.findall(text) if host != NAMESPACE] == []


def test_every_view_has_its_route() -> None:
    """Whatever is there can be reached."""
    table = re.search(r"const TITLES = \{(.*?)\}", (PAGE / "lib/router.js").read_text(), re.DOTALL)
    assert table
    views = {f"views/{name}.js" for name in re.findall(r"(\w+):", table[1])}
    assert views >= {name for name in NAMES if name.startswith("views/")}


def _lines(path: Path) -> int:
    return path.read_text().count("\n")


def _reached(module: Path) -> set[Path]:
    """The module, and all that it imports, whatever through."""
    found, left = set[Path](), [module]
    while left:
        path = left.pop()
        if path not in found:
            found.add(path)
            left += [(path.parent / name).resolve() for name in IMPORT.findall(path.read_text()) if "${" not in name]
    return found
