"""What goes wrong ends a command in words, by the exit code of its kind."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest
from darkroom.cli import app
from darkroom.cli.exits import Exit
from typer.testing import CliRunner

from tests.e2e.cli.programs import COMMAND, environment, piped
from tests.fakes.http_server import Answer, HttpServer, json_answer
from tests.stack import RunningStack
from tests.unit.shared.client.darkroom.service import a_problem


def stopped() -> str:
    """An address where nobody is."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_stopped_server_is_told_with_what_to_do() -> None:
    """In words for people, as a document for programs; nothing is on standard output."""
    url = stopped()
    done = piped(url, "submit", "a fox")
    assert (done.returncode, done.stdout) == (Exit.UNREACHABLE, "")
    assert f"{url} cannot be reached" in done.stderr
    assert "DARKROOM_URL" in done.stderr
    told = piped(url, "list", "--json")
    assert (told.returncode, told.stdout) == (Exit.UNREACHABLE, "")
    assert json.loads(told.stderr)["error"]["kind"] == "unreachable"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (a_problem(400, "invalid_request"), Exit.REFUSED),
        (a_problem(401, "unauthorized"), Exit.UNAUTHORIZED),
        (a_problem(402, "budget_exceeded"), Exit.EXHAUSTED),
        (a_problem(403, "forbidden"), Exit.UNAUTHORIZED),
        (a_problem(404, "job_not_found"), Exit.NOT_FOUND),
        (a_problem(409, "job_finished"), Exit.REFUSED),
        (a_problem(429, "rate_limited"), Exit.EXHAUSTED),
        (a_problem(503, "unavailable"), Exit.UNREACHABLE),
        (Answer(200, b"<html>"), Exit.NOT_UNDERSTOOD),
        (json_answer({}), Exit.NOT_UNDERSTOOD),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(answer: Answer, code: Exit) -> None:
    """Whatever the command asks for."""
    with HttpServer(lambda _: answer).running() as server:
        done = CliRunner().invoke(app, ["get", "x", "--url", server.url, "--retries", "0"])
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr.strip()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["submit"], Exit.USAGE, "there is no prompt"),
        (["submit", " "], Exit.USAGE, "the prompt is empty"),
        (["submit", "a fox", "-l", "film"], Exit.USAGE, "no name=value"),
        (["submit", "a fox", "-f", "prompt.txt"], Exit.USAGE, "two prompts"),
        (["submit", "-f", "none.txt"], Exit.LOCAL, "none.txt cannot be read: No such file"),
        (["submit", "a f\udce9"], Exit.USAGE, "no Unicode"),
        (["submit", "a fox", "--key", "a\nb"], Exit.USAGE, "Give visible ASCII characters."),
        (["submit", "a fox", "--reference", "text.txt"], Exit.LOCAL, "no PNG, JPEG or WebP"),
        (["batch", "bad.jsonl"], Exit.LOCAL, "bad.jsonl line 2 is no JSON"),
        (["batch", "bad.csv"], Exit.LOCAL, "bad.csv line 2 has 'many' as n"),
        (["batch", "empty.jsonl"], Exit.LOCAL, "has no request"),
        (["batch", "latin.jsonl"], Exit.LOCAL, "no text in UTF-8"),
        (["storyboard", "a fox", "--scenes", "bad.csv"], Exit.USAGE, "a prompt and scenes"),
        (["webhooks", "listen"], Exit.USAGE, "no secret"),
        (["list", "--url", "example"], Exit.USAGE, "no address"),
        (["nothing"], Exit.USAGE, "No such command"),
    ],
)
def test_what_is_wrong_here_is_told_before_anything_is_asked(
    arguments: list[str], code: Exit, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line, or a file: which line, and why."""
    monkeypatch.chdir(tmp_path)
    Path("bad.jsonl").write_text('"a fox"\n{"prompt": \n')
    Path("bad.csv").write_text("prompt,n\na fox,many\n")
    Path("empty.jsonl").write_text("\n")
    Path("latin.jsonl").write_bytes('"größer"'.encode("latin-1"))
    Path("text.txt").write_text("x")
    with HttpServer(lambda _: json_answer({})).running() as server:
        done = CliRunner().invoke(app, arguments, env={"DARKROOM_URL": server.url})
    assert (done.exit_code, done.stdout, server.asked) == (code, "", [])
    assert says in " ".join(done.stderr.split())
    assert "may have been taken" not in done.stderr


def test_a_batch_that_is_refused_is_told_by_its_lines(tmp_path: Path) -> None:
    """As an editor counts them; nothing was taken, so that nothing goes on."""
    file = tmp_path / "a.jsonl"
    file.write_text('"a fox"\n\n{"prompt": "a hen", "n": 99}\n')
    refusal = a_problem(400, "invalid_items", errors=[{"pointer": "/items/1/n", "detail": "must be less"}])
    with HttpServer(lambda _: refusal).running() as server:
        done = CliRunner().invoke(app, ["batch", str(file), "--url", server.url])
    assert (done.exit_code, done.stdout) == (Exit.REFUSED, "")
    assert "line 3: n must be less" in done.stderr
    assert "goes on" not in done.stderr


def test_each_that_is_refused_is_told_in_its_order() -> None:
    """The first of them is how the command ends."""
    with HttpServer(lambda asked: a_problem(404 if "/a/" in asked.path else 409, "x")).running() as server:
        done = CliRunner().invoke(app, ["cancel", "a", "b", "--url", server.url])
    assert done.exit_code == Exit.NOT_FOUND
    assert done.stderr.index("/v1/jobs/a/cancel") < done.stderr.index("/v1/jobs/b/cancel")


def test_whoever_has_read_enough_is_left_in_peace(darkroom: RunningStack) -> None:
    """A pipe that is closed ends the command without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [*COMMAND, "models"], env=environment(darkroom.base_url), stdout=writer, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (Exit.BROKEN_PIPE, b"")
