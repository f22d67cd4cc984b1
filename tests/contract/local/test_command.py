"""`python -m infra.local` as a user's shell meets it."""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.processes import ROOT, clean_environment, local_cloud
from tests.waiting import until

PORTS = ("firestore", "pubsub", "storage", "vertex", "vertex-rest", "control")


def run(*options: str, prepare: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        [sys.executable, "-m", "infra.local", *options],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=prepare,
    )


def refusal(*options: str, prepare: Callable[[], None] | None = None) -> str:
    """The one line with which it refuses to start."""
    done = run(*options, prepare=prepare)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert done.stderr.startswith("infra.local: ")
    return done.stderr.removeprefix("infra.local: ").rstrip()


def blocks(text: str) -> dict[str, str]:
    """The indented examples of `--help`, by the first word of their headings."""
    found = re.findall(r"^(\w+)[^\n]*:\n\n((?:  [^\n]*\n|\n)+)", text, re.MULTILINE)
    return {word: "\n".join(line[2:] for line in body.splitlines()).strip() for word, body in found}


def script(*parts: str) -> str:
    """The examples as one script for a shell."""
    return "set -e\n" + "\n".join(parts)


def in_shell(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script with this Python as `python`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**clean_environment(), "PATH": path, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-c", text], cwd=folder, env=env, capture_output=True, text=True, timeout=100, check=False
    )


def test_the_examples_of_help_run_as_they_stand(tmp_path: Path) -> None:
    """Shell, Python, curl and the control port, one after the other."""
    examples = blocks(run("--help").stdout)
    assert list(examples) == ["In", "Python", "curl", "Counts", "At"]
    python = f"python - <<'EOF'\n{examples['Python']}\nEOF"
    done = in_shell(
        script(examples["In"], python, examples["curl"], examples["Counts"], examples["At"], "echo; echo done"),
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert re.match(r"2\n\d+\na red fox\n", done.stdout)
    assert '"firestore.Commit":2' in done.stdout
    assert done.stdout.endswith("done\n")
    assert json.loads((tmp_path / "fox.json").read_text())["predictions"][0]["mimeType"] == "image/png"


def test_ports_are_those_asked_for() -> None:
    """All others are free ones."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with local_cloud("--firestore-port", str(port)) as running:
        assert running.host("firestore") == f"127.0.0.1:{port}"
        assert len({value for name, value in running.environment.items() if name != "LOCAL_CLOUD_PID"}) == 7
        assert running.environment["LOCAL_CLOUD_PID"] == str(running.process.pid)


def test_an_ipv6_address_is_listened_on() -> None:
    """It stands in brackets, as clients want it."""
    with local_cloud("--host", "::1", "--services", "storage") as running:
        assert running.host("storage").startswith("http://[::1]:")
        assert httpx.get(f"{running.environment['LOCAL_CLOUD_CONTROL']}/health").json() == {"status": "ok"}


def test_a_value_with_a_space_is_quoted(tmp_path: Path) -> None:
    """For the shell that evaluates it."""
    with local_cloud("--data", str(tmp_path / "my data"), "--services", "storage") as running:
        assert running.environment["LOCAL_SIGNER_KEY"] == str(tmp_path / "my data" / "storage" / "signer.json")


@pytest.mark.parametrize("name", PORTS)
def test_a_taken_port_is_named(name: str) -> None:
    """With the service that wanted it, and the process that has it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = refusal(f"--{name}-port", str(port))
    assert said.startswith(f"{name.replace('-', '_')}: 127.0.0.1:{port} is taken")


def test_an_address_of_another_machine_is_named() -> None:
    """192.0.2.0/24 is nobody's."""
    assert refusal("--host", "192.0.2.1").startswith("firestore: 192.0.2.1:0 cannot be listened on")


def test_a_folder_in_use_is_named(tmp_path: Path) -> None:
    """With the process that has it; it can be had once that one has ended."""
    with local_cloud("--data", str(tmp_path)) as running:
        said = refusal("--data", str(tmp_path))
        assert said == f"{tmp_path} is in use by another local cloud (pid {running.process.pid})"
    with local_cloud("--data", str(tmp_path)):
        pass


def test_a_file_instead_of_a_folder_is_named(tmp_path: Path) -> None:
    """Nothing happens to it."""
    (tmp_path / "file").write_text("mine")
    assert refusal("--data", str(tmp_path / "file")) == f"{tmp_path / 'file'} is not a folder"
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_ours_to_write_is_named(tmp_path: Path) -> None:
    """By its path."""
    tmp_path.chmod(0o500)
    assert refusal("--data", str(tmp_path / "new")).startswith(f"{tmp_path / 'new'} cannot be written to")


@pytest.mark.parametrize("allowed", [0, 20_000])
def test_a_disk_that_is_full_is_named(tmp_path: Path, allowed: int) -> None:
    """Whichever of its files comes to the end first."""

    def prepare() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (allowed, allowed))

    assert refusal("--data", str(tmp_path), prepare=prepare).startswith(str(tmp_path))


@pytest.mark.parametrize("service", ["firestore", "pubsub"])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, service: str) -> None:
    """Servers that had started by then end without a word."""
    database = tmp_path / f"{service}.sqlite"
    database.write_text("anything but a database " * 10)
    assert refusal("--data", str(tmp_path)) == f"{database}: file is not a database"


@pytest.mark.parametrize(("content", "said"), [(None, "No such file"), ('{"index": []}', "unknown field `index`")])
def test_index_definitions_that_are_none_are_named(tmp_path: Path, content: str | None, said: str) -> None:
    """With what is wrong in them."""
    file = tmp_path / "firestore.indexes.json"
    if content is not None:
        file.write_text(content)
    words = refusal("--indexes", str(file))
    assert words.startswith(f"{file}: ")
    assert said in words


@pytest.mark.parametrize("options", [["--services", "what"], ["--services", ""], ["--pubsub-port", "70000"]])
def test_wrong_options_are_refused_with_the_usage(options: list[str]) -> None:
    """Exit code 2, as of other commands."""
    done = run(*options)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: " in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: int) -> None:
    """Exit code 0 and no word, whenever it comes; nothing of a cloud in memory is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.local", "--data", str(tmp_path)],
        cwd=ROOT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        assert process.stderr
        until((tmp_path / "lock").exists, process.poll)  # it has only just begun
        process.send_signal(number)
        assert (process.wait(60), process.stderr.read()) == (0, "")
