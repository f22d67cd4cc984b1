"""Each bundle alone: an environment with its own requirements and nothing else, its own code, one request."""

import json
import shutil
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution, distributions
from pathlib import Path

import httpx
import msgspec
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra import closure
from infra.bundle import Bundle, bundle, functions
from infra.closure import BundleError
from infra.deploy.archives import pack
from infra.local.environment import DEFAULTS
from infra.local.ports import HOST, free_ports
from shared.api.contract.openapi import openapi
from tests.processes import ROOT, clean_environment
from tests.waiting import until

# One request that each function answers by itself, without any service behind it.
REQUESTS = {
    "submit": ("GET", "/v1/nothing", None, 404),
    "generate": ("POST", "/", '{"no": "message"}', 400),
    "notify": ("POST", "/", '{"no": "message"}', 400),
    "openai": ("GET", "/v1/nothing", None, 404),
    "status": ("GET", "/", None, 200),  # the page, whose files are in its bundle
    "sweep": ("GET", "/", None, 405),
}
NOWHERE = f"{HOST}:9"
VARIABLES = {
    "AUTH_MODE": "none",
    "PUBLIC_URL": "http://bundled",
    "WEBHOOK_SECRETS": DEFAULTS["WEBHOOK_SECRETS"],
    "FUNCTION_USE_ASGI": "true",
    "GOOGLE_CLOUD_PROJECT": "bundled",
    "GCS_BUCKET_NAME": "bundled",
    "FIRESTORE_EMULATOR_HOST": NOWHERE,
    "PUBSUB_EMULATOR_HOST": NOWHERE,
    "STORAGE_EMULATOR_HOST": f"http://{NOWHERE}",
    "VERTEX_EMULATOR_HOST": NOWHERE,
}
# Tells the modules of shared that loading main.py loads; then loads what every import statement in the bundle names,
# those inside functions too, but not those that are for annotations alone.
IMPORT_ALL = """
import ast, importlib, pathlib, sys, main
print(*(module.__file__ for name, module in sys.modules.items() if name.split(".")[0] == "shared"))
for path in pathlib.Path(".").rglob("*.py"):
    tree = ast.parse(path.read_text())
    asked = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    unused = {part for node in asked if ast.unparse(node.test) == "TYPE_CHECKING" for part in node.body}
    for node in set(ast.walk(tree)) - unused:
        for name in [alias.name for alias in node.names] if isinstance(node, ast.Import) else []:
            importlib.import_module(name)
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            for alias in node.names:
                hasattr(module, alias.name) or importlib.import_module(f"{node.module}.{alias.name}")
"""
# Tells the contract, as GET /openapi.json does, and the models, as GET /v1/models; whatever reads YAML is not loaded.
CONTRACT = """
import msgspec, pathlib, sys
from shared.api.contract import openapi
from shared.catalog import catalog
assert pathlib.Path(openapi.__file__).is_relative_to(pathlib.Path.cwd()), openapi.__file__
assert catalog().models and "yaml" not in sys.modules
print(msgspec.json.encode(openapi.openapi("http://bundled", closed=True)).decode())
"""


@pytest.fixture
def installed(function: str, tmp_path: Path) -> Iterator[Path]:
    """A folder with the function's `bundle/` and an environment for it, `venv/`."""
    bundle(function, tmp_path).folder.rename(tmp_path / "bundle")
    _run(tmp_path, sys.executable, "-m", "venv", "--without-pip", "venv")
    (packages,) = tmp_path.glob("venv/lib/python*/site-packages")
    for name in sorted(_closure((tmp_path / "bundle" / "requirements.txt").read_text())):
        _link(name, packages)
    yield tmp_path
    shutil.rmtree(tmp_path)


def _closure(requirements: str) -> set[str]:
    """The names of what is required and of all that this brings along, on this machine."""
    found: set[tuple[str, str]] = set()
    waiting = [Requirement(line) for line in requirements.splitlines() if not line.startswith(("#", "-c"))]
    while waiting:
        requirement = waiting.pop()
        for extra in ("", *requirement.extras):
            if (asked := (canonicalize_name(requirement.name), extra)) not in found:
                found.add(asked)
                brought = map(Requirement, distribution(requirement.name).requires or ())
                waiting += [each for each in brought if not each.marker or each.marker.evaluate({"extra": extra})]
    return {name for name, _ in found}


def _link(name: str, packages: Path) -> None:
    """Have these packages what pip has installed for the tests already: a second download would show no more."""
    installed = distribution(name)
    source, own = Path(str(installed.locate_file(""))), {name}
    for file in installed.files or ():
        if ".." not in file.parts and file.suffix != ".pyc":  # no commands
            whole = next((folder for folder in reversed(file.parents) if _owners()[str(folder)] == own), file)
            if not (packages / whole).is_symlink():
                (packages / whole).parent.mkdir(parents=True, exist_ok=True)
                (packages / whole).symlink_to(source / whole)


@cache
def _owners() -> dict[str, set[str]]:
    """The distributions that have something in a folder, by the folder."""
    owners = defaultdict[str, set[str]](set)
    for each in distributions():
        name = canonicalize_name(each.name)
        for folder in {file.parent for file in each.files or ()}:
            for whole in (folder, *folder.parents):
                owners[str(whole)].add(name)
    return owners


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=clean_environment(), check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("function", sorted(REQUESTS))
def test_a_bundle_is_all_that_its_function_needs(function: str, installed: Path, tmp_path: Path) -> None:
    """It compiles, its requirements agree and bring every import, and functions-framework serves a request from it.

    Every module of shared that loading main.py loads is in the bundle, and comes from it.
    They agree where pip, which resolves them with the bundle's constraints and without an index, finds nothing missing;
    and each of them is pinned.
    """
    folder, python = installed / "bundle", installed / "venv" / "bin" / "python"
    _run(folder, str(python), "-m", "compileall", "-q", ".")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--no-input"]
    resolved = _run(folder, *pip, "install", "--dry-run", "--no-index", "-r", "requirements.txt")
    assert "Would install" not in resolved
    pinned = {line.split("==")[0] for line in (folder / "constraints.txt").read_text().splitlines()}
    assert _closure((folder / "requirements.txt").read_text()) <= set(map(canonicalize_name, pinned))
    loaded = _run(folder, str(python), "-c", IMPORT_ALL).split()
    assert loaded
    assert all(path.startswith(str(folder)) for path in loaded), f"{function} reaches outside: {ROOT}"
    (port,) = free_ports(1)
    method, path, body, status = REQUESTS[function]
    command = [str(python), "-m", "functions_framework", "--source", "main.py", "--target", function]
    # gunicorn puts a socket for its own administration into XDG_RUNTIME_DIR.
    environment = {**clean_environment(VARIABLES), "XDG_RUNTIME_DIR": str(tmp_path)}
    with subprocess.Popen([*command, "--host", HOST, "--port", str(port)], cwd=folder, env=environment) as process:
        try:
            answer = until(lambda: _ask(method, f"http://{HOST}:{port}{path}", body), process.poll)
        finally:
            process.terminate()
    assert answer.status_code == status
    assert status == httpx.codes.OK or answer.headers["content-type"] == "application/problem+json"


def _ask(method: str, url: str, body: str | None) -> httpx.Response | None:
    try:
        return httpx.request(method, url, content=body, timeout=30, trust_env=False)
    except httpx.ConnectError:
        return None


@pytest.mark.parametrize("function", sorted(REQUESTS))
def test_a_bundle_is_small(function: str, tmp_path: Path) -> None:
    """Deflated, as it is deployed: our own code below 200 kB, and the dashboard's files below 150 kB."""
    pack(bundle(function, tmp_path).folder, tmp_path / "archive.zip")
    with zipfile.ZipFile(tmp_path / "archive.zip") as archive:
        sizes = {each.filename: each.compress_size for each in archive.infolist()}
    page = {name for name in sizes if name.startswith("dashboard/")}
    assert bool(page) == (function == "status")
    assert sum(sizes[name] for name in page) < 150_000
    assert sum(sizes[name] for name in sizes.keys() - page - {"constraints.txt", "requirements.txt"}) < 200_000


def test_a_bundle_describes_the_api_as_the_sources_do(tmp_path: Path) -> None:
    """Though it goes without docstrings: those that the contract tells are kept."""
    told = _run(bundle("status", tmp_path).folder, sys.executable, "-c", CONTRACT)
    assert json.loads(told) == json.loads(msgspec.json.encode(openapi("http://bundled", closed=True)))


def test_every_function_is_tried() -> None:
    """A new function needs its request above."""
    assert sorted(REQUESTS) == functions()


def test_bundles_are_the_same_each_time(tmp_path: Path) -> None:
    """Names, contents, modes and times of two builds do not differ, nor do the hashes: each function's, from anew."""
    builds = []
    for name in ("first", "second"):
        closure._graph.cache_clear()  # noqa: SLF001 - as another process would begin
        builds.append([bundle(function, tmp_path / name) for function in functions()])
    for first, second in zip(*builds, strict=True):
        assert first.digest == second.digest
        assert _listing(first) == _listing(second)


def _listing(made: Bundle) -> list[tuple[str, int, float, bytes]]:
    every = sorted(path for path in made.folder.rglob("*") if path.is_file())
    return [
        (str(path.relative_to(made.folder)), path.stat().st_mode, path.stat().st_mtime, path.read_bytes())
        for path in every
    ]


def test_a_bundle_holds_no_more_than_its_function_reaches(tmp_path: Path) -> None:
    """No tests, no client, nothing compiled; no provider for status, nor what it names in annotations alone.

    Only its own requirements are pinned.
    """
    made = bundle("status", tmp_path)
    names = {str(path.relative_to(made.folder)) for path in made.folder.rglob("*")}
    assert {"main.py", "requirements.txt", "constraints.txt", "shared/domain/job.py"} <= names
    assert not [name for name in names if name.startswith(("shared/providers", "shared/client", "tests", "infra"))]
    assert not names & {"shared/use_cases/submit.py", "shared/use_cases/command.py", "shared/idempotency.py"}
    assert not [name for name in names if name.endswith((".pyc", ".yaml"))]
    pins = (made.folder / "constraints.txt").read_text()
    assert "google-cloud-firestore==" in pins
    assert "google-cloud-aiplatform==" not in pins


def test_a_function_that_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    """The refusal lists those that exist."""
    with pytest.raises(BundleError, match="there is no function 'summit'; there are generate, "):
        bundle("summit", tmp_path)
