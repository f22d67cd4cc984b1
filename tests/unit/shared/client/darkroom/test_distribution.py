"""What is published: the same bytes each time, without a network, with httpx as all that it needs."""

import subprocess
import sys
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

from darkroom import __version__

from tests.processes import ROOT, clean_environment


def built(folder: Path) -> Path:
    """The wheel, made as the client's README says."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--disable-pip-version-check",
        "--no-index",
        "--no-deps",
    ]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(ROOT / "shared" / "client")]
    environment = clean_environment({"SOURCE_DATE_EPOCH": "1700000000"})
    subprocess.run(command, env=environment, check=True, timeout=60)
    (wheel,) = folder.iterdir()
    return wheel


def test_the_wheel_is_the_same_each_time_and_needs_httpx_alone(tmp_path: Path) -> None:
    """The command line's needs are an extra; type checkers are told that it is typed."""
    wheel, again = built(tmp_path / "one"), built(tmp_path / "two")
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
