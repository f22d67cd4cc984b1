"""The other commands against the whole stack, as programs call them."""

import json
from pathlib import Path

import pytest
from darkroom.cli import app
from darkroom.cli.exits import TABLE, Exit
from typer.testing import CliRunner, Result

from tests.e2e.cli.programs import background, piped
from tests.integration.api import Api, a_key, a_prompt
from tests.processes import ROOT
from tests.stack import RunningStack


class Commands:
    """`darkroom …`, within this process."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, *arguments: str) -> Result:
        """What came of it."""
        return CliRunner().invoke(app, arguments, env={"DARKROOM_URL": self._url})

    def json(self, *arguments: str, code: int = Exit.OK) -> object:
        """The document that it answers with."""
        done = self(*arguments, "--json")
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)


@pytest.fixture
def commands(darkroom: RunningStack) -> Commands:
    """Them, at the stack's address."""
    return Commands(darkroom.base_url)


def test_a_job_is_found_shown_saved_retried_and_deleted(commands: Commands, api: Api, tmp_path: Path) -> None:
    """By its label; a listing in a pipe has a line for each job, whatever its prompt has."""
    label = f"key={a_key()}"
    done = api.completed(prompt=a_prompt("two\nlines\tand a tab"), labels={"key": label.partition("=")[2]})
    failed = api.ended(api.submit(prompt=a_prompt("[[blocked]]"), labels={"key": label.partition("=")[2]}))
    rows = [line.split("\t") for line in commands("list", "-l", label).stdout.splitlines()]
    assert [(row[0], row[1]) for row in rows] == [(failed["id"], "failed"), (done["id"], "completed")]
    assert rows[1][4] == " ".join(done["prompt"].split())
    assert [job["id"] for job in commands.json("list", "-l", label, "--limit", "1")] == [failed["id"]]  # type: ignore[attr-defined]
    assert "1024 × 1024" in commands("get", done["id"]).stdout
    saved = commands("get", done["id"], "-o", str(tmp_path)).stdout.strip()
    assert Path(saved).read_bytes() == api.image(done).content
    assert commands("retry", failed["id"]).exit_code == Exit.OK
    assert commands("watch", failed["id"]).exit_code == Exit.FAILED
    both = commands("rm", done["id"], "x" * 26, failed["id"])
    assert both.exit_code == Exit.NOT_FOUND
    assert both.stdout == f"{done['id']}\tdeleted\n{failed['id']}\tdeleted\n"
    assert commands("get", done["id"]).exit_code == Exit.NOT_FOUND


def test_scenes_become_pictures(commands: Commands, tmp_path: Path) -> None:
    """Those of a file, in their order; what is said again under a key is done once."""
    scenes = tmp_path / "scenes.jsonl"
    scenes.write_text(f'{{"prompt": "{a_prompt()}"}}\n"{a_prompt()}"\n')
    command = ("storyboard", "--scenes", str(scenes), "-o", str(tmp_path), "--key", a_key())
    board = commands.json(*command)
    assert isinstance(board, dict)
    assert [scene["status"] for scene in board["scenes"]] == ["completed", "completed"]
    assert len(list(tmp_path.glob("*.png"))) == 2
    assert commands(*command, "--no-wait").stdout == f"{board['id']}\n"


def test_what_it_costs_is_told_before_and_after(commands: Commands) -> None:
    """In dollars; and which models there are."""
    assert commands("estimate", a_prompt(), "-n", "2", "-m", "fast").stdout == "$0.0400\n"
    assert commands("usage", "--by", "model").stdout.splitlines()[-1].startswith("total\t")
    assert "imagen-4.0-generate-001\tstandard (default)\t" in commands("models").stdout
    assert isinstance(commands.json("dead-letters", "list", "--limit", "1"), list)


def test_the_doctor_says_what_this_machine_is_set_to(commands: Commands) -> None:
    """And what the key may do, where one is needed."""
    told = commands.json("doctor", code=Exit.FAILED)  # the catalogue has models whose end has come
    assert isinstance(told, dict)
    subjects = [finding["subject"] for finding in told["findings"]]
    assert {"configuration", "health", "clock", "access", "credentials"} <= set(subjects)


def test_a_webhook_is_received_and_verified(darkroom: RunningStack, api: Api) -> None:
    """With the deployment's secret; one that is not signed is refused, and told."""
    secret = darkroom.environment["WEBHOOK_SECRETS"]
    listen = ("webhooks", "listen", "--port", "0", "--limit", "2", "--json")
    with background(darkroom.base_url, *listen, DARKROOM_WEBHOOK_SECRETS=secret) as listener:
        assert listener.stderr
        assert listener.stdout
        url = listener.stderr.readline().split()[2]
        job = api.submit(webhook={"url": url})
        received = json.loads(listener.stdout.readline())
        assert (received["verified"], received["event"]["type"]) == (True, "job.completed")
        assert received["event"]["data"]["id"] == job["id"]
        assert api.http.post(url, json={}).status_code == 401
        assert json.loads(listener.stdout.readline())["verified"] is False
        assert listener.wait() == Exit.OK


def test_all_jobs_are_watched(darkroom: RunningStack, api: Api) -> None:
    """A line for each change, as it happens."""
    project = f"watched-{a_key()[:8]}"
    with background(darkroom.base_url, "watch", "-p", project, "--json", "--limit", "1") as watch:
        assert watch.stdout
        assert watch.stderr
        assert watch.stderr.readline() == "Watching until Ctrl-C.\n"
        job = api.submit(project_id=project)
        assert json.loads(watch.stdout.readline())["id"] == job["id"]
        assert watch.wait() == Exit.OK


def test_shells_are_given_completion_and_people_the_exit_codes() -> None:
    """In --help, and in the client's README."""
    shown = piped("http://127.0.0.1:1", "--show-completion", _DARKROOM_COMPLETE="source_bash")
    assert "_DARKROOM_COMPLETE=complete_bash" in shown.stdout
    helped = " ".join(CliRunner().invoke(app, ["--help"]).stdout.split())
    readme = (ROOT / "shared" / "client" / "README.md").read_text()
    for code, text in TABLE.items():
        assert f"{code.value} {text}" in helped
        assert f"| {code.value} | {text} |" in readme
