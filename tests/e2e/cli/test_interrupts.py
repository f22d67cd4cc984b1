"""Ctrl-C at each point: it says what goes on, and how to go on with it; nothing is half-written."""

import json
import threading
from pathlib import Path

import typer
from darkroom.cli.commands import command
from darkroom.cli.exits import Exit
from darkroom.cli.run import Run
from typer.testing import CliRunner

from tests.e2e.cli.programs import Terminal, background, piped
from tests.fakes.http_server import Answer, Asked, HttpServer, json_answer
from tests.integration.api import Api, a_key, a_prompt
from tests.stack import RunningStack
from tests.unit.shared.client.darkroom.service import DONE, JOB, a_job, a_stream
from tests.waiting import PATIENCE, until

LATER = ("--field", "not_before=2999-01-01T00:00:00Z")
IMAGE = {
    "index": 0, "url": "", "uri": "", "sha256": "0" * 64, "mime_type": "image/png", "width": 1, "height": 1, "bytes": 1,
}  # fmt: skip


def test_before_the_answer_it_names_the_key_under_which_it_may_be_said_again(tmp_path: Path) -> None:
    """Since nobody knows whether it was taken. And it ends at once, however long the answer takes."""
    never = threading.Event()
    with HttpServer(lambda _: Answer(held=never)).running() as server:
        with Terminal(server.url, "submit", "a fox", "-o", str(tmp_path)) as terminal:
            terminal.until(lambda: server.asked)
            assert terminal.interrupt() == Exit.INTERRUPTED, terminal.raw
        never.set()
    assert "Interrupted." in terminal.text
    assert f"--key {server.asked[0].headers['idempotency-key']}" in terminal.text
    assert "Traceback" not in terminal.text
    assert list(tmp_path.iterdir()) == []


def test_sigterm_is_heard_as_ctrl_c_is() -> None:
    """And told to programs as a document."""
    never = threading.Event()
    with HttpServer(lambda _: Answer(held=never)).running() as server:
        with background(server.url, "submit", "a fox", "--json", "--key", "k") as submit:
            until(lambda: server.asked, submit.poll)
            submit.terminate()
            told, error = submit.communicate(timeout=PATIENCE)
        never.set()
    assert (submit.returncode, told) == (Exit.INTERRUPTED, "")
    assert (json.loads(error)["error"]["kind"], json.loads(error)["error"]["key"]) == ("interrupted", "k")


def test_at_a_question_it_ends_as_anywhere() -> None:
    """What asks says it in a way of its own."""
    app = typer.Typer()

    def ask(run: Run) -> None:
        raise typer.Abort(run.url)

    command(app)(ask)
    done = CliRunner().invoke(app, [])
    assert (done.exit_code, done.stdout, done.stderr.strip()) == (Exit.INTERRUPTED, "", "Interrupted.")


def test_while_it_waits_the_job_goes_on(darkroom: RunningStack, api: Api, tmp_path: Path) -> None:
    """It is followed by the command that was told, and ended by the other."""
    key = a_key()
    command = ("submit", a_prompt(), *LATER, "-o", str(tmp_path), "-l", f"key={key}")
    with Terminal(darkroom.base_url, *command) as terminal:
        terminal.shows("queued")
        assert terminal.interrupt() == Exit.INTERRUPTED, terminal.raw
    (job,) = api.http.get("/v1/jobs", params={"label": f"key={key}"}).json()["jobs"]
    assert job["status"] == "queued"
    assert f"Job {job['id']} goes on." in terminal.text
    assert terminal.raw.rindex("\x1b[?25h") > terminal.raw.rindex("\x1b[?25l")
    assert f"darkroom watch {job['id']}" in terminal.text
    with background(darkroom.base_url, "watch", job["id"], "--json") as watch:
        assert watch.stdout
        assert watch.stderr
        assert json.loads(watch.stdout.readline())["status"] == "queued"
        canceled = piped(darkroom.base_url, "cancel", job["id"])
        assert (canceled.returncode, canceled.stdout) == (Exit.OK, f"{job['id']}\tcanceled\n")
        assert json.loads(watch.stdout.readlines()[-1])["status"] == "canceled"
        assert "error" in json.loads(watch.stderr.read())
        assert watch.wait() == Exit.FAILED


def test_while_it_downloads_no_file_is_there(tmp_path: Path) -> None:
    """And how to have it is told."""
    never = threading.Event()
    job = {**DONE, "images": [IMAGE]}

    def answer(asked: Asked) -> Answer:
        if asked.method == "POST":
            return json_answer(a_job(), 202)
        if asked.path.endswith("/events"):
            return a_stream(job)
        if asked.path.endswith("/images/0"):
            return Answer(302, headers={"Location": "/bytes"})
        return Answer(body=b"half", length=8, held=never) if asked.path == "/bytes" else json_answer(job)

    with HttpServer(answer).running() as server:
        with Terminal(server.url, "submit", "a fox", "-o", str(tmp_path)) as terminal:
            terminal.until(lambda: any(asked.path == "/bytes" for asked in server.asked))
            assert terminal.interrupt() == Exit.INTERRUPTED, terminal.raw
        never.set()
    assert list(tmp_path.iterdir()) == []
    assert f"darkroom get {JOB} --out" in terminal.text


def test_in_the_midst_of_a_batch_it_is_taken_up_again(darkroom: RunningStack, api: Api, tmp_path: Path) -> None:
    """By the same command: the same batch, nothing made twice, and what was saved is not fetched again."""
    file, out = tmp_path / "scenes.csv", tmp_path / "out"
    prompts = [a_prompt(), a_prompt(), a_prompt()]
    lines = ["prompt,seed,label.film,not_before", *(f"{prompt},7,fox," for prompt in prompts[:2])]
    file.write_text("\n".join([*lines, f"{prompts[2]},,,2999-01-01T00:00:00Z"]))
    command = ("batch", str(file), "-o", str(out))
    with Terminal(darkroom.base_url, *command) as terminal:
        terminal.until(lambda: len(list(out.glob("*.png"))) == 2)
        assert terminal.interrupt() == Exit.INTERRUPTED, terminal.raw
    assert "Say the same again to go on with it: nothing is made twice." in terminal.text
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    assert all(path.suffix == ".png" for path in before)
    taken = piped(darkroom.base_url, *command, "--no-wait")
    (batch_id,) = taken.stdout.split()
    assert f"batch {batch_id} (known from before)" in taken.stderr
    assert f"darkroom cancel --of batch {batch_id}" in terminal.text
    ended = piped(darkroom.base_url, "cancel", "--of", "batch", batch_id)
    assert ended.returncode == Exit.OK, ended.stderr
    done = piped(darkroom.base_url, *command, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == Exit.FAILED  # one of it was canceled
    assert [(job["line"], job["prompt"], job["status"]) for job in told["jobs"]] == [
        (2, prompts[0], "completed"), (3, prompts[1], "completed"), (4, prompts[2], "canceled"),
    ]  # fmt: skip
    assert {Path(path) for job in told["jobs"] for path in job["files"]} == set(before)
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == before
    found = api.http.get("/v1/jobs", params={"parent_id": batch_id}).json()["jobs"]
    assert len(found) == 3
