"""`make dev` and `make demo` as a user starts them: programs of their own, stopped, killed, and in each other's way."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from infra.local.ports import HOST, free_ports
from tests.processes import ROOT, clean_environment, local_cloud
from tests.waiting import until

pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="finds a stack's processes by /proc")
READY = "Ctrl-C stops everything."


def _command(program: str) -> list[str]:
    return [sys.executable, "-m", f"infra.local.{program}"]


def _environment(folder: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """LOCAL_DIR also marks every process of the stack, for `_processes`."""
    port = str(free_ports(1)[0])
    ours = {
        "LOCAL_DIR": str(folder / "local"),
        "OUT_DIR": str(folder / "out"),
        "PORT": port,
        "VERTEX": "",
        "PROMPT": "",
    }
    return clean_environment({**ours, **(extra or {})})


def _processes(folder: Path) -> dict[int, str]:
    """Living processes with the folder in their environment: id → command line."""
    mark, found = f"LOCAL_DIR={folder / 'local'}".encode(), {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ")
        except OSError:  # it ended meanwhile, or is another user's
            continue
    return found


@contextmanager
def _dev(folder: Path, end: signal.Signals, extra: Mapping[str, str] | None = None) -> Iterator[str]:
    """`make dev`'s program, ready; gives what it printed. In the end the signal leaves nothing of it.

    Ctrl-C, kill and a closed terminal end every process, in order, and leave no half-written file; after kill -9 the
    reaper ends what the runner could not.
    """
    environment = _environment(folder, extra)
    with subprocess.Popen(_command("runner"), cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = ""
            for line in process.stdout or ():
                said += line
                if READY in line:
                    break
            assert READY in said
            assert len(_processes(folder)) > len(list(ROOT.glob("functions/*/main.py")))
            yield said
            process.send_signal(end)
            ended = process.wait(90)
            if end != signal.SIGKILL:
                assert (ended, _processes(folder)) == (0, {})
                assert not list(folder.rglob("*.partial"))
                assert not list(folder.rglob("*-wal")), "a database was not closed"
        finally:
            process.kill()  # the reaper does the rest
            until(lambda: not _processes(folder))


def _demo(folder: Path, extra: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    environment = _environment(folder, extra)
    return subprocess.run(_command("demo"), cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("program", ["runner", "demo"])
def test_a_taken_port_is_said_by_name_before_anything_starts(program: str, tmp_path: Path) -> None:
    """Exit code 1, what to do instead, and no folder made."""
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        environment = _environment(tmp_path, {"PORT": str(port)})
        done = subprocess.run(_command(program), cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{HOST}:{port} is taken" in done.stderr
    assert f"PORT={port + 1}" in done.stderr
    assert not (tmp_path / "local").exists()


def test_a_function_that_was_killed_is_started_again(tmp_path: Path) -> None:
    """At its old port, as the platform starts another instance. Ctrl-C then ends everything."""
    with _dev(tmp_path, signal.SIGINT) as said:
        url = re.search(rf"  status +(http://{HOST}:\d+)", said)
        assert url
        before = {number for number, command in _processes(tmp_path).items() if "--target status" in command}
        for number in before:
            os.kill(number, signal.SIGKILL)
        until(lambda: _healthy(f"{url[1]}/health"))
        after = {number for number, command in _processes(tmp_path).items() if "--target status" in command}
        assert after
        assert not before & after


def test_a_folder_that_another_stack_uses_is_left_alone(tmp_path: Path) -> None:
    """Where it was asked for by name, the refusal says who has it. A plain kill then ends everything."""
    with _dev(tmp_path, signal.SIGTERM):
        done = _demo(tmp_path)
    assert done.returncode == 1
    assert re.search(r"in use by another stack \(pid \d+\)", done.stderr)


def test_a_killed_runner_leaves_nothing(tmp_path: Path) -> None:
    """After kill -9; until then it answers where it said."""
    with _dev(tmp_path, signal.SIGKILL) as said:
        port = re.search(rf"http://{HOST}:(\d+)", said)
        assert port
        assert httpx.get(f"{port[0]}/health", trust_env=False).status_code == 200


def test_the_demo_makes_a_picture_and_ends_everything(tmp_path: Path) -> None:
    """Exit code 0, the stages, and a file of the printed size and hash."""
    done = _demo(tmp_path, {"PROMPT": 'a "red" $5 `fox` in the snow'})
    assert done.returncode == 0, done.stderr
    (picture,) = (tmp_path / "out").iterdir()
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert 'a "red" $5 `fox` in the snow' in done.stdout
    assert re.search(r"queued .* ms\n.*\n?  generating .* ms\n", done.stdout)
    assert f"{picture.stat().st_size:,} bytes" in done.stdout
    assert "gs://darkroom-images/" in done.stdout
    assert _processes(tmp_path) == {}


def test_an_interrupted_demo_leaves_nothing(tmp_path: Path) -> None:
    """130, as shells know it, no process and no file."""
    environment = _environment(tmp_path, {"PROMPT": "a fox [[slow 60]]"})
    with subprocess.Popen(_command("demo"), cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as demo:
        for line in demo.stdout or ():
            if "generating" in line:
                break
        demo.send_signal(signal.SIGINT)
        assert demo.wait(90) == 130
    assert _processes(tmp_path) == {}
    assert not list(tmp_path.rglob("*.partial"))


def test_a_demo_on_a_cloud_that_is_there_says_why_a_job_failed(tmp_path: Path) -> None:
    """Exit code 1, the kind of failure, its stage and code; no file.

    The local cloud is a second, separate one that delivers raw pushes; the demo starts none of its own.
    """
    with local_cloud("--push-format", "raw") as cloud:
        named = {name: value for name, value in cloud.environment.items() if name != "LOCAL_CLOUD_CONTROL"}
        done = _demo(tmp_path, {**named, "PROMPT": "a fox [[refused]]"})
        assert cloud.control.counts()["firestore.Commit"] > 0
        assert cloud.control.counts()["pubsub.CreateSubscription"] > 0
    assert done.returncode == 1
    assert "PERMANENT failure while generating: safety_blocked" in done.stderr
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "local" / "logs" / "cloud.log").exists()


def _healthy(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.skipif(shutil.which("curl") is None, reason="what it says uses curl")
def test_what_a_closed_stack_says_opens_it(tmp_path: Path) -> None:
    """The lines to try, as they stand: the first key of a tenant, and a job by it. A closed terminal then ends it."""
    with _dev(tmp_path, signal.SIGHUP, {"AUTH_MODE": "keys"}) as said:
        lines = said.partition("Try it:\n")[2].partition(READY)[0]
        done = subprocess.run(
            ["/bin/sh", "-c", lines], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
        )
    assert json.loads(done.stdout)["status"] == "queued"
