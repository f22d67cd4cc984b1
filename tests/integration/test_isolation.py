"""No tenant can see, guess or touch another's: every operation there is, by every key that must not open it.

The table is the router's own: a call that is added later is in it from its first day, once `Locked.ids` has what its
address names.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from darkroom.cli import app
from darkroom.cli.exits import Exit
from typer.testing import CliRunner

from shared.api.operations import OPERATIONS, Operation
from shared.domain.caller import SCOPES
from tests.chaos.moved_clock import MovedClock
from tests.integration.api import Api, Job
from tests.processes import ROOT, Control
from tests.stack import RunningStack, stack

CLOSED = [operation for operation in OPERATIONS.values() if operation.scope]
OF_SOMETHING = [operation for operation in CLOSED if "{" in operation.path]
ENDLESS = "followJobs"  # whose it tells of: tests/unit/shared/api/test_tenant_event_calls.py
OF_ALL = [each for each in CLOSED if each.method == "GET" and "{" not in each.path and each.id != ENDLESS]
IN_NO_FORCE = ("none", "malformed", "unknown", "of another secret", "revoked", "expired")
BODIES: dict[str, Any] = {
    "createJob": {"prompt": "a fox"},
    "estimateJob": {"prompt": "a fox"},
    "createUpload": {"mime_type": "image/png", "bytes": 100},
    "createBatch": {"items": [{"prompt": "a fox"}]},
    "createKey": {"name": "x"},
    "regenerateScene": {"prompt": "a hare"},
}
NOBODYS = "a" * 26
HOUR = 3600


@dataclass(frozen=True)
class Locked:
    """A stack that only keys open: `acme` has a job, a delivery and keys of every kind, `rival` has a key."""

    api: Api
    control: Control
    clock: MovedClock
    keys: dict[str, str]  # by what is the matter with them
    ids: dict[str, str]  # acme's, by the parameter of an address

    @property
    def nobodys(self) -> dict[str, str]:
        """As acme's, but of nobody."""
        mine = {**{self.ids[name]: NOBODYS for name in NAMED}, "acme": "nobody"}
        return {name: value if name in SHARED else _replaced(value, mine) for name, value in self.ids.items()}

    def ask(self, operation: Operation, key: str, ids: dict[str, str] | None = None) -> httpx.Response:
        """The answer to an operation on what these ids name; acme's, where none are given."""
        path = operation.path.format_map(ids or self.ids)
        headers = {"Authorization": f"Bearer {self.keys[key]}"} if key != "none" else {}
        return self.api.http.request(operation.method, path, headers=headers, json=BODIES.get(operation.id))

    def own_job(self) -> Job:
        """Acme's, as it is now."""
        job: Job = self.ask(OPERATIONS["getJob"], "acme").raise_for_status().json()
        return job


NAMED = ("job_id", "batch_id", "board_id", "task_id", "key_id")  # ids that nobody can guess
SHARED = {"index", "kind"}  # these name nothing that is anybody's


def tenants(running: RunningStack, *arguments: str) -> str:
    """What the operator's tool says, on the database of the stack."""
    done = subprocess.run(
        [sys.executable, "-m", "infra.tenants", *arguments],
        cwd=ROOT,
        env={**os.environ, **running.environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    """One stack for all of this; nobody sweeps it."""
    clock = MovedClock(Path(tmp_path_factory.mktemp("clock"), "offset"))
    with (
        stack(SWEEP_SECONDS="0", AUTH_MODE="keys", CLOCK_OFFSET_FILE=str(clock.file)) as running,
        closing(Api(running.base_url)) as api,
    ):
        clock.follow(running.control)
        keys = {tenant: tenants(running, "create", tenant) for tenant in ("acme", "rival")}
        http = api.http
        http.headers["Authorization"] = f"Bearer {keys['acme']}"
        job = api.completed(model="placeholder", project_id="acme-film", webhook={"url": f"{running.base_url}/health"})
        batch = (
            http.post("/v1/batches", json={"items": [{"prompt": "x", "model": "placeholder"}]})
            .raise_for_status()
            .json()
        )
        scenes = {"scenes": [{"prompt": "x"}], "render": {"model": "placeholder"}}
        board = http.post("/v1/storyboards", json=scenes).raise_for_status().json()
        for scope in SCOPES:
            keys[scope] = _made(http, scopes=[scope])
        keys["expired"] = _made(http, scopes=SCOPES, expires_at=_in(clock, HOUR))
        keys["revoked"] = _made(http, scopes=SCOPES)
        http.delete(f"/v1/keys/{_id(keys['revoked'])}").raise_for_status()
        head, _, secret = keys["acme"].rpartition("_")
        keys |= {
            "of another secret": f"{head}_{secret[::-1]}",
            "unknown": f"drk_{NOBODYS}_{secret}",
            "malformed": keys["acme"][:-1],
        }
        del http.headers["Authorization"]
        clock.advance(HOUR)
        ids = {
            "job_id": job["id"],
            "batch_id": batch["id"],
            "board_id": board["id"],
            "task_id": job["id"],
            "key_id": _id(keys["jobs:read"]),
            "delivery_id": f"evt_{job['id']}_5",
            "index": "0",
            "kind": "tenant",
            "name": "acme",
        }
        yield Locked(api, running.control, clock, keys, ids)


@pytest.mark.parametrize("key", IN_NO_FORCE)
@pytest.mark.parametrize("operation", CLOSED, ids=lambda operation: operation.id)
def test_a_key_that_is_not_in_force_opens_nothing(locked: Locked, operation: Operation, key: str) -> None:
    """Each gets the same answer, to the letter, whatever is the matter with it and whatever it asks for."""
    refused = locked.ask(operation, key)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith('Bearer realm="darkroom"')
    assert refused.content == locked.ask(operation, "none", locked.nobodys).content
    assert operation.dialect or refused.json()["code"] == "unauthorized"


@pytest.mark.parametrize(
    ("operation", "key"),
    [(operation, scope) for operation in CLOSED for scope in SCOPES if scope != operation.scope],
    ids=lambda value: value if isinstance(value, str) else value.id,
)
def test_a_key_without_the_scope_opens_nothing(locked: Locked, operation: Operation, key: str) -> None:
    """It is told so, and not whether what it asked for is there."""
    refused = locked.ask(operation, key)
    assert refused.status_code == 403
    assert refused.content == locked.ask(operation, key, locked.nobodys).content
    assert operation.dialect or refused.json()["code"] == "insufficient_scope"


@pytest.mark.parametrize("operation", OF_SOMETHING, ids=lambda operation: operation.id)
def test_another_tenants_is_as_if_it_were_not_there(locked: Locked, operation: Operation) -> None:
    """Nothing in the answer tells what is acme's from what is nobody's."""
    refused, nothing = locked.ask(operation, "rival"), locked.ask(operation, "rival", locked.nobodys)
    assert refused.status_code in {403, 404}
    assert nothing.status_code == refused.status_code
    mine = {locked.ids[name]: locked.nobodys[name] for name in locked.ids}
    assert _replaced(refused.text, mine) == nothing.text
    assert _telling(refused) == _telling(nothing)


@pytest.mark.parametrize("operation", OF_ALL, ids=lambda operation: operation.id)
def test_what_lists_lists_ones_own(locked: Locked, operation: Operation) -> None:
    """Nothing of acme's is in an answer to its rival."""
    listed = locked.ask(operation, "rival").raise_for_status()
    assert not [value for value in ("acme", *(locked.ids[name] for name in NAMED)) if value in listed.text]


@pytest.mark.parametrize("asked", ["project_id=acme-film", "parent_id={batch_id}", "q=x", "created_after=2020-01-01"])
def test_no_filter_finds_anothers(locked: Locked, asked: str) -> None:
    """Whatever a rival knows of acme's jobs; they are there for acme."""
    for key, there in (("acme", True), ("rival", False)):
        headers = {"Authorization": f"Bearer {locked.keys[key]}"}
        found = locked.api.http.get(f"/v1/jobs?{asked.format_map(locked.ids)}", headers=headers).raise_for_status()
        assert bool(found.json()["jobs"]) is there


def test_a_rivals_idempotency_keys_are_its_own(locked: Locked) -> None:
    """The same one names another job, and says nothing of the first."""
    made = [_keyed(locked, key, prompt) for key, prompt in (("acme", "a fox"), ("rival", "a hare"))]
    assert [answer.status_code for answer in made] == [202, 202]
    assert made[0].json()["id"] != made[1].json()["id"]


def test_a_rival_cannot_start_from_anothers_image(locked: Locked) -> None:
    """As if there were no such job."""
    answers = [
        locked.api.http.post(
            "/v1/jobs",
            headers={"Authorization": f"Bearer {locked.keys['rival']}"},
            json={"prompt": "mine now", "model": "nano-banana", "references": [{"job_id": job_id}]},
        )
        for job_id in (locked.ids["job_id"], NOBODYS)
    ]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].text.replace(locked.ids["job_id"], NOBODYS) == answers[1].text


def test_a_key_is_revoked_within_a_minute_and_rotated_at_once(locked: Locked) -> None:
    """In every process that serves: those that have just read it, too."""
    http, admin = locked.api.http, {"Authorization": f"Bearer {locked.keys['acme']}"}
    key = _made(http, admin)
    assert _reads(http, key)
    rotated = http.post(f"/v1/keys/{_id(key)}/rotate", headers=admin).raise_for_status().json()["key"]
    assert _reads(http, rotated)
    http.delete(f"/v1/keys/{_id(key)}", headers=admin).raise_for_status()
    locked.clock.advance(60)
    assert not _reads(http, rotated)
    assert not _reads(http, key)


def test_a_key_costs_no_call_while_it_is_known(locked: Locked) -> None:
    """Two reads, of the key and of its tenant, serve every request of a minute."""
    locked.clock.advance(60)
    with locked.control.tracing() as traced:
        for _ in range(20):
            locked.own_job()
        calls = traced()
    (peer,) = [call["peer"] for call in calls if "/documents/api_keys/" in call["about"]]
    mine = [call["about"] for call in calls if call["peer"] == peer]  # others may have work of their own
    assert sum("/documents/tenants/" in about for about in mine) == 1


def test_nothing_of_all_that_changed_anything(locked: Locked) -> None:
    """The job, its images and the keys are as they were."""
    job = locked.own_job()
    assert (job["status"], job["status_sequence"], job["retry_count"]) == ("completed", 5, 0)
    assert locked.ask(OPERATIONS["getImage"], "acme").status_code == 302
    assert locked.ask(OPERATIONS["listKeys"], "admin").status_code == 200


def _keyed(locked: Locked, key: str, prompt: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {locked.keys[key]}", "Idempotency-Key": "shared"}
    return locked.api.http.post("/v1/jobs", headers=headers, json={"prompt": prompt, "model": "placeholder"})


def _made(http: httpx.Client, headers: dict[str, str] | None = None, **body: Any) -> str:
    answer = http.post("/v1/keys", headers=headers, json={"name": "test", **body}).raise_for_status()
    return str(answer.json()["key"])


def _reads(http: httpx.Client, key: str) -> bool:
    return http.get("/v1/jobs", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def _id(key: str) -> str:
    return key.split("_")[1]


def _in(clock: MovedClock, seconds: float) -> str:
    return (clock.now() + timedelta(seconds=seconds)).isoformat()


def _replaced(text: str, names: dict[str, str]) -> str:
    for old, new in names.items():
        text = text.replace(old, new)
    return text


def _telling(answer: httpx.Response) -> dict[str, str]:
    """Its headers without those that are another's each time."""
    return {name: value for name, value in answer.headers.items() if name not in {"date", "content-length"}}


def test_the_command_line_says_that_a_key_opens_nothing(locked: Locked) -> None:
    """By its exit code, and where to give another; and that a key may not do all."""
    url = str(locked.api.http.base_url)
    for arguments, key, says in (
        (["list"], "unknown", "DARKROOM_API_KEY"),
        (["submit", "a fox"], "jobs:read", "answered 403"),
    ):
        environment = {"DARKROOM_URL": url, "DARKROOM_API_KEY": locked.keys[key]}
        refused = CliRunner().invoke(app, arguments, env=environment)
        assert (refused.exit_code, refused.stdout) == (Exit.UNAUTHORIZED, "")
        assert says in refused.stderr
        assert locked.keys[key] not in refused.stderr
