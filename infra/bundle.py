"""`python -m infra.bundle [function …]`: functions/<f> and what it reaches of shared → build/<f>, as it is deployed.

A bundle holds the function's folder, the modules of `shared` in the closure of its imports, and the data files of
the packages it reaches. Imports inside functions count, so a table of factories brings everything it can make; those
for annotations alone, below `if TYPE_CHECKING:`, do not. Python goes without docstrings and comments, its lines where
they were, and YAML as JSON. The closure, not the whole of `shared`, is taken because then a bundle's hash, and so a
deployment, changes only with what the function runs, and because what is not there cannot be loaded by mistake.
`requirements.txt` is followed by `constraints.txt`, which pins what the direct requirements bring along. The same
sources give the same bytes, modes and times.

Our own code in it is below 200,000 bytes, which tests/integration/test_bundle.py holds to. Counted is what lies
deflated in the archive that is deployed, but for those two lists and for the files of the dashboard, which have a
bound of their own.
"""

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.closure import ROOT, BundleError, files_below, reached
from infra.slim import slim

EPOCH = 315_532_800  # 1980-01-01, the oldest time a zip archive can hold


@dataclass(frozen=True)
class Bundle:
    """One function as it is deployed."""

    function: str
    folder: Path
    files: int
    size: int  # bytes
    digest: str  # SHA-256 over paths and contents, hexadecimal


def functions() -> list[str]:
    """The names of all functions there are."""
    return sorted(path.parent.name for path in ROOT.glob("functions/*/main.py"))


def bundle(function: str, build: Path) -> Bundle:
    """Write `build/<function>/` anew.

    Raises:
        BundleError: there is no such function, or its imports cannot be followed.
    """
    if function not in functions():
        raise BundleError(f"there is no function {function!r}; there are {', '.join(functions())}")
    contents = _contents(function)
    build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{function}-", dir=build) as scratch:
        staged = Path(scratch) / function
        for name, content in contents.items():
            path = staged / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o644)
        for path in (staged, *staged.rglob("*")):
            os.utime(path, (EPOCH, EPOCH))
        shutil.rmtree(build / function, ignore_errors=True)
        staged.replace(build / function)
    digest = hashlib.sha256()
    for name, content in contents.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return Bundle(function, build / function, len(contents), sum(map(len, contents.values())), digest.hexdigest())


def _contents(function: str) -> dict[str, bytes]:
    """Every file of the bundle by its path in it, sorted."""
    folder = ROOT / "functions" / function
    contents = {str(path.relative_to(folder)): path.read_bytes() for path in files_below(folder)}
    contents |= {str(path.relative_to(ROOT)): path.read_bytes() for path in reached(function)}
    wanted = contents["requirements.txt"].decode()
    contents["constraints.txt"] = "".join(f"{line}\n" for line in _constraints(wanted)).encode()
    contents["requirements.txt"] = f"-c constraints.txt\n{wanted}".encode()
    return dict(sorted(_as_deployed(name, content) for name, content in contents.items()))


def _as_deployed(name: str, content: bytes) -> tuple[str, bytes]:
    """Python without what no function has a use for; what is YAML in the repository, as JSON, which is read sooner."""
    if name.endswith(".py"):
        return name, slim(content)
    if name.endswith(".yaml"):
        return f"{name.removesuffix('.yaml')}.json", as_json(content)
    return name, content


def as_json(text: bytes) -> bytes:
    """The content of a YAML text, as JSON."""
    return json.dumps(yaml.load(text, yaml.CSafeLoader), default=str, ensure_ascii=False).encode()


def _constraints(wanted: str) -> list[str]:
    """The lines of infra/constraints.txt for `wanted` and all it brings along, on any platform."""
    lines = (ROOT / "infra" / "constraints.txt").read_text().splitlines()
    pinned = {canonicalize_name(line.split("==")[0]): line for line in lines if re.match(r"\w", line)}
    found: set[str] = set()
    waiting = [Requirement(line) for line in wanted.splitlines() if line and not line.startswith("#")]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        reached = {name, *(f"{name}[{extra}]" for extra in requirement.extras)}
        if reached <= found:
            continue
        found |= reached
        waiting += _brought(name, requirement.extras)
    return [line for name, line in sorted(pinned.items()) if name in found]


def _brought(name: str, extras: set[str]) -> Iterator[Requirement]:
    try:
        brought = [Requirement(line) for line in requires(name) or ()]
    except PackageNotFoundError:  # for another platform than this one
        return
    for requirement in brought:
        marker = requirement.marker
        if not marker or "extra" not in str(marker) or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield requirement


def main() -> int:
    """Bundle the functions named on the command line, or all; 1 with words when one cannot be."""
    for function in sys.argv[1:] or functions():
        try:
            made = bundle(function, ROOT / "build")
        except BundleError as exc:
            print(f"infra.bundle: {exc}", file=sys.stderr)
            return 1
        folder = made.folder.relative_to(ROOT)
        print(f"{folder!s:<16} {made.files:>3} files {made.size / 1024:>7.1f} KiB  sha256:{made.digest[:16]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
