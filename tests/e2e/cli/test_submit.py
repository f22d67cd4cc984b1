"""`darkroom submit` against the whole stack: on a terminal, in a pipe, and where the disk is full."""

import json
import os
import resource
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from darkroom import Client
from darkroom.cli.exits import Exit

from tests.e2e.cli.programs import COMMAND, Terminal, environment, piped
from tests.fakes.pictures import a_picture_of, noise
from tests.integration.api import Api, a_key, a_prompt
from tests.stack import RunningStack
from tests.waiting import until


def test_on_a_terminal_a_bar_goes_and_the_picture_is_drawn_and_saved(darkroom: RunningStack, tmp_path: Path) -> None:
    """In colour, the prompt to the letter; where the terminal is kitty's, within it."""
    prompt = a_prompt("a fox [bold]in[/bold] :snowflake: [red")
    with Terminal(darkroom.base_url, "submit", prompt, "-o", str(tmp_path), TERM="xterm-kitty") as terminal:
        assert terminal.ended() == Exit.OK
    (path,) = tmp_path.iterdir()
    assert str(path) in terminal.text
    assert "a fox [bold]in[/bold] :snowflake:" in terminal.text
    assert "━" in terminal.text  # the bar
    assert "\x1b_Ga=T,f=100" in terminal.raw
    assert terminal.raw.endswith("\n")
    assert terminal.raw.rindex("\x1b[?25h") > terminal.raw.rindex("\x1b[?25l")  # the cursor is there again


def test_in_a_pipe_the_result_stands_alone(darkroom: RunningStack, tmp_path: Path) -> None:
    """On standard output; what happens is told by whole lines on standard error, and nothing steers a terminal.

    The desktop is asked to show it, where that is wished for.
    """
    prompt = a_prompt("a fox \x1b[31m")
    opener, opened = tmp_path / "xdg-open", tmp_path / "opened"
    opener.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.part && mv {opened}.part {opened}\n')
    opener.chmod(0o755)
    path_of_programs = f"{tmp_path}:{os.environ['PATH']}"
    command = ("submit", "-", "-o", str(tmp_path / "out"), "-r", "16:9", "--open")
    done = piped(darkroom.base_url, *command, text=prompt, FORCE_COLOR="1", PATH=path_of_programs)
    (path,) = (tmp_path / "out").iterdir()
    assert until(opened.is_file)
    assert opened.read_text() == str(path)
    assert (done.returncode, done.stdout) == (Exit.OK, f"{path}\n")
    assert "completed\n" in done.stderr
    assert "␛[31m" in done.stderr
    assert "━" not in done.stderr
    assert "\r" not in done.stderr


def test_without_colour_a_terminal_gets_none(darkroom: RunningStack) -> None:
    """Where NO_COLOR says so."""
    with Terminal(darkroom.base_url, "estimate", a_prompt(), NO_COLOR="1") as plain:
        assert plain.ended() == Exit.OK
    assert "$0.0400" in plain.text
    assert "\x1b[3" not in plain.raw


def test_for_programs_it_is_one_document_and_what_is_said_again_is_done_once(
    darkroom: RunningStack, tmp_path: Path
) -> None:
    """With all options of a picture, and where it lies."""
    options = ("--key", a_key(), "--seed", "7", "-l", "film=fox", "-p", "film-7", "--format", "jpeg", "--json")
    prompt = tmp_path / "prompt.txt"
    prompt.write_text(a_prompt("ein Fuchs, größer als 狐"), encoding="utf-8")
    command = ("submit", "-f", str(prompt), "-o", str(tmp_path / "out"), *options)
    job, again = (json.loads(piped(darkroom.base_url, *command).stdout) for _ in range(2))
    assert job["id"] == again["id"]
    assert (job["seed"], job["labels"], job["project_id"], job["mime_type"]) == (
        7, {"film": "fox"}, "film-7", "image/jpeg",
    )  # fmt: skip
    assert job["prompt"] == prompt.read_text(encoding="utf-8")
    (saved,) = (Path(file) for file in job["files"])
    assert sha256(saved.read_bytes()).hexdigest() == job["images"][0]["sha256"]


def test_a_job_that_failed_is_told_with_what_to_do(darkroom: RunningStack, tmp_path: Path) -> None:
    """By its own exit code."""
    done = piped(darkroom.base_url, "submit", a_prompt("a fight [[blocked]]"), "-o", str(tmp_path))
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (Exit.FAILED, "", [])
    assert "safety_blocked" in done.stderr
    assert "→ Change the prompt" in done.stderr


def test_a_full_disk_leaves_nothing_half_written(darkroom: RunningStack, api: Api, tmp_path: Path) -> None:
    """It says which folder, and how to have the pictures nevertheless; so does standard output that takes nothing."""
    job = api.completed()

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = piped(darkroom.base_url, "get", job["id"], "-o", str(tmp_path), before=small)
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (Exit.LOCAL, "", [])
    assert str(tmp_path) in done.stderr
    assert "too large" in done.stderr
    assert f"→ darkroom get {job['id']} --out" in done.stderr


@pytest.mark.parametrize("command", [("list",), ("list", "--json"), ("--help",)])
def test_standard_output_that_is_full_is_told(darkroom: RunningStack, command: tuple[str, ...]) -> None:
    """By its exit code, in one line."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *command], env=environment(darkroom.base_url), stdout=full, stderr=subprocess.PIPE, text=True,
            check=False,
        )  # fmt: skip
    assert done.returncode == Exit.LOCAL
    assert "standard output" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_to_start_from_is_sent_once(darkroom: RunningStack, tmp_path: Path) -> None:
    """However often the same is said under a key; a file that is none is told before anything is asked."""
    picture = tmp_path / "fox.png"
    picture.write_bytes(a_picture_of(noise(64, 64)).data)
    command = ("submit", a_prompt(), "-m", "gemini-3.1-flash-image", "--no-wait", "--key", a_key(), "--reference")
    first, second = (piped(darkroom.base_url, *command, str(picture)) for _ in range(2))
    assert first.returncode == Exit.OK, first.stderr
    assert first.stdout == second.stdout
    with Client(darkroom.base_url) as client:
        assert client.get(first.stdout.strip()).raw["references"][0]["upload_id"]
    missing = piped(darkroom.base_url, *command, str(tmp_path / "none.png"))
    assert missing.returncode == Exit.LOCAL
    assert "there is no such file" in missing.stderr
