"""What is published: the same bytes each time, without a network, with httpx as all that it needs."""

import shutil
import subprocess
import sys
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

from darkroom import __version__

from tests.processes import ROOT, clean_environment

SOURCES = ROOT / "shared" / "client"
PIP = ["pip", "--quiet", "--disable-pip-version-check", "wheel", "--no-index", "--no-deps", "--no-build-isolation"]


def built(folder: Path, *command: str, cwd: Path = ROOT) -> Path:
    """The wheel that a module makes in that folder."""
    environment = clean_environment({"SOURCE_DATE_EPOCH": "1700000000"})
    folder.mkdir()
    subprocess.run([sys.executable, "-m", *command], env=environment, cwd=cwd, check=True, timeout=60)
    (wheel,) = folder.iterdir()
    return wheel


def test_the_wheel_is_the_same_each_time_and_needs_httpx_alone(tmp_path: Path) -> None:
    """Made as the README says, and by the backend alone, of files of other times at another place.

    The command line's needs are an extra; type checkers are told that it is typed.
    """
    copied = shutil.copytree(
        SOURCES, tmp_path / "copied", copy_function=shutil.copyfile, ignore=shutil.ignore_patterns("__pycache__")
    )
    again = built(tmp_path / "two", "flit_core.wheel", "--outdir", str(tmp_path / "two"), cwd=copied)
    wheel = built(tmp_path / "one", *PIP, "--wheel-dir", str(tmp_path / "one"), str(SOURCES))
    assert wheel.read_bytes() == again.read_bytes()
    assert wheel.name == f"darkroom-{__version__}-py3-none-any.whl"
    about = f"darkroom-{__version__}.dist-info"
    with ZipFile(wheel) as files:
        names = files.namelist()
        metadata: Message = Parser().parsestr(files.read(f"{about}/METADATA").decode())
        commands = files.read(f"{about}/entry_points.txt").decode()
    needs = metadata.get_all("Requires-Dist") or []
    assert [need.partition(">")[0] for need in needs if "extra ==" not in need] == ["httpx"]
    assert {need.partition(">")[0] for need in needs if 'extra == "cli"' in need} == {"rich", "typer"}
    assert "darkroom=darkroom.__main__:main" in commands
    assert {"darkroom/py.typed", "darkroom/client.py"} <= set(names)
    assert {name.split("/")[0] for name in names} == {"darkroom", about}
    assert "AsyncClient" in str(metadata.get_payload())
