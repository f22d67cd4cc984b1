"""The runbook's commands run as they stand there, on the stack; a shell reads those that are for the cloud alone."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from textwrap import dedent

import pytest

from tests.integration.api import Api, Job, a_key, a_prompt
from tests.integration.inside import Inside
from tests.processes import ROOT, clean_environment
from tests.stack import RunningStack
from tests.waiting import until

ENTRIES = {
    entry.partition("\n")[0]: entry
    for entry in ("start\n" + (ROOT / "infra" / "cloud" / "RUNBOOK.md").read_text().partition("\n")[2]).split("\n## ")
}
CLOUD_ONLY = "# cloud only\n"
SECONDS = 60
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# Google's commands that the runbook may use, each looked up in its reference; a slip of the pen is none of them.
GCLOUD = {
    "beta quotas info list", "firestore backups list", "firestore databases delete", "firestore databases restore",
    "firestore export", "firestore import", "logging read", "pubsub subscriptions describe",
    "pubsub subscriptions pull", "run revisions list", "run services describe", "run services update",
    "scheduler jobs describe", "scheduler jobs resume", "scheduler jobs run", "secrets versions access",
    "secrets versions add", "secrets versions disable", "storage buckets create", "storage ls", "storage restore",
}  # fmt: skip
pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the runbook uses curl")


def _blocks(entry: str) -> list[str]:
    return [dedent(block) for block in re.findall(r"^ *```sh\n(.*?)^ *```$", ENTRIES[entry], re.MULTILINE | re.DOTALL)]


def _here(entry: str) -> list[str]:
    return [block for block in _blocks(entry) if not block.startswith(CLOUD_ONLY)]


OWN_TESTS = {"redrive", "pause"}  # entries that one below is about
RUN = [entry for entry in ENTRIES if _here(entry) and entry not in OWN_TESTS]


@pytest.fixture(scope="module")
def environment(darkroom: RunningStack) -> dict[str, str]:
    """What the commands find: where the deployment is, and its database for the operator's own tool."""
    address = {"DARKROOM_URL": darkroom.base_url, "DARKROOM_API_KEY": "drk_none", "NO_PROXY": "127.0.0.1"}
    return {**clean_environment(darkroom.environment), **address}


@pytest.fixture(scope="module")
def tenant(environment: dict[str, str]) -> str:
    """One that is there."""
    name = f"t-{a_key()[:12]}"
    _run(f".venv/bin/python -m infra.tenants create {name}", environment)
    return name


@pytest.fixture
def resumed(api: Api) -> Iterator[None]:
    """Whatever a test paused goes on after it."""
    yield
    for control in api.http.get("/v1/controls").json()["controls"]:
        if control["paused"]:
            api.http.post(f"/v1/controls/{control['kind']}/{control['name']}/resume").raise_for_status()


def _run(script: str, environment: dict[str, str]) -> str:
    script = script.replace("http://127.0.0.1:8080", environment["DARKROOM_URL"])
    script = script.replace(".venv/bin/", f"{os.path.dirname(sys.executable)}/")  # noqa: PTH120 - wherever it is
    done = subprocess.run(
        ["sh", "-euc", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, (script, done.stdout, done.stderr)
    return done.stdout


def _a_dead_letter(api: Api, inside: Inside) -> Job:
    """A job that failed, and says that it gave up: it would take minutes until one does by itself."""
    job = api.reached(api.submit(prompt=a_prompt("[[blocked]]")), "failed")
    inside.database.document(f"jobs/{job['id']}").update({"gave_up": True})
    return job


@pytest.mark.usefixtures("resumed")
@pytest.mark.parametrize("entry", RUN)
def test_the_commands_of_an_entry_work(entry: str, environment: dict[str, str], api: Api, tenant: str) -> None:
    """In their order, with an id where one stands for any; whatever is refused, curl and the shell end with."""
    script = "\n".join(_here(entry))
    if "JOB_ID" in script:
        script = script.replace("JOB_ID", api.completed(model="placeholder")["id"])
    if "KEY_ID" in script:
        made = api.http.post("/v1/keys", json={"name": "runbook", "scopes": ["jobs:read"]}).raise_for_status().json()
        script = script.replace("KEY_ID", made["id"])
    if "TENANT" in script:
        script = script.replace("TENANT", tenant)
    _run(script, environment)


def test_a_redrive_takes_up_what_gave_up(environment: dict[str, str], api: Api, inside: Inside) -> None:
    """Each dead letter is queued again, and is none any more."""
    job = _a_dead_letter(api, inside)
    (script,) = _here("redrive")
    assert job["id"] in _run(script, environment)
    until(lambda: api.get(job)["retry_count"] == 1)
    dead = api.http.get("/v1/dead-letters", params={"page_size": 100}).json()["jobs"]
    assert job["id"] not in [each["id"] for each in dead]


def test_a_lane_is_paused_and_resumed(environment: dict[str, str]) -> None:
    """The three commands show it so."""
    (script,) = _here("pause")
    states = re.findall(r'"name":"batch","paused":(true|false)', _run(script, environment))
    assert states == ["true", "true", "false"]


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if set(_blocks(entry)) - set(_here(entry))])
def test_commands_for_the_cloud_alone_are_read(entry: str) -> None:
    """A shell takes them; Google's commands are known and name the project, our own make targets exist."""
    for block in _blocks(entry):
        subprocess.run(["sh", "-n", "-c", block], check=True)
        lines = block.replace("\\\n", " ")
        for command in re.findall(r"gcloud ((?:[a-z-]+ )+)", lines):
            assert any(command.startswith(f"{known} ") for known in GCLOUD), command
        for line in re.findall(r"gcloud .*", lines):
            assert "--project" in line or line.startswith("gcloud storage"), line
        assert set(re.findall(r"^make ([a-z-]+)", lines, re.MULTILINE)) <= TARGETS
