"""The events of all jobs over HTTP: their form, what may be asked, and who hears of what."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from shared.config import Settings
from shared.domain.api_key import Token, fresh_secret, hash_of
from shared.use_cases.wait import BEAT_SECONDS
from tests.builders import JOB_ID, a_job, a_key
from tests.fakes.clock import NOON
from tests.unit.shared.api.asking import Api

PATH = "/v1/events"
NOON_ID = int(NOON.timestamp() * 1_000_000)
OTHER, THIRD = "b" * 26, "c" * 26


class Followed:
    """An API that acme's key opens for two beats, of which the beginning takes one: its stream has an end."""

    def __init__(self) -> None:
        self.api, secret = Api(Settings(max_waiters=1)), fresh_secret()
        expires_at = self.api.clock.now() + timedelta(seconds=2 * BEAT_SECONDS)
        self.api.keys.has(a_key(id="a" * 26, hash=hash_of(secret), expires_at=expires_at))
        self.headers = {"Authorization": f"Bearer {Token('a' * 26, secret)}"}

    def has(self, job_id: str = JOB_ID, tenant: str = "acme", **changes: Any) -> None:
        """A job that changed at noon."""
        self.api.jobs.has(a_job(id=job_id, tenant=tenant, **changes))

    def events(self, query: str = "", **headers: str) -> list[dict[str, str]]:
        """Every event, by its fields; comments aside."""
        answer = self.api.status.get(PATH + query, headers={**self.headers, **headers})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.text.startswith(":\nretry: 1000\nid: ")
        found = [part.split("\n") for part in answer.text.split("\n\n")]
        fields = [dict(line.split(": ", 1) for line in lines if line and line[0] != ":") for lines in found]
        return [event for event in fields if "event" in event]


def test_the_first_event_says_from_when_to_go_on() -> None:
    """Nothing of before, where nothing is asked; the next beat ends a stream whose key is over."""
    followed = Followed()
    followed.has()
    begun = str(NOON_ID + int(BEAT_SECONDS * 1_000_000))
    assert followed.events() == [{"retry": "1000", "id": begun, "event": "open", "data": "{}"}]


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        (f"?last_event_id={NOON_ID}", {}),
        ("", {"Last-Event-ID": str(NOON_ID)}),
        (f"?since={NOON.isoformat().replace('+', '%2B')}", {}),
        ("?since=2026-11-21T12:00:30Z", {}),
    ],
)
def test_what_changed_since_is_told_as_the_job_is_shown(query: str, headers: dict[str, str]) -> None:
    """In one line each; of a deleted job, only its id."""
    followed = Followed()
    followed.has(prompt="two\nlines")
    followed.has(OTHER, deleted_at=NOON, listed_for=None, prompt="what is nobody's to know any more")
    shown = followed.api.status.get(f"/v1/jobs/{JOB_ID}", headers=followed.headers).json()
    opening, job, deleted = followed.events(query, **headers)
    assert opening["event"] == "open"
    assert (job["event"], json.loads(job["data"])) == ("job", {**shown, "queue_position": None})
    assert (deleted["event"], json.loads(deleted["data"])) == ("deleted", {"id": OTHER})
    assert int(job["id"]) >= NOON_ID


@pytest.mark.parametrize(("query", "ids"), [("", [JOB_ID, OTHER]), ("&project_id=film-7", [JOB_ID])])
def test_each_tenant_and_project_has_its_own(query: str, ids: list[str]) -> None:
    """Nothing of a rival's; of other projects nothing, where one is asked for."""
    followed = Followed()
    followed.has(project_id="film-7")
    followed.has(OTHER, project_id="film-8", deleted_at=NOON)
    followed.has(THIRD, tenant="rival", project_id="film-7")
    _, *rest = followed.events(f"?since=2020-01-01{query}")
    assert [json.loads(event["data"])["id"] for event in rest] == ids


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?last_event_id=x", "invalid_header"),
        ("?last_event_id=-1", "invalid_header"),
        (f"?last_event_id={'9' * 18}", "invalid_header"),
        ("?since=yesterday", "invalid_filter"),
        ("?since=2026-11-21T12:00:00", "invalid_filter"),
        ("?project_id=", "invalid_filter"),
        (f"?project_id={'x' * 501}", "invalid_filter"),
        ("?status=failed", "unknown_filter"),
        ("?since=2026-11-21&since=2026-11-20", "invalid_query"),
    ],
)
def test_what_cannot_be_meant_is_refused(query: str, code: str) -> None:
    """400, with words, before anything is told."""
    answer = Api().status.get(PATH + query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_stream_takes_a_place_and_gives_it_back() -> None:
    """429 where there is none; HEAD takes none."""
    followed = Followed()
    with followed.api.wait.place():
        refused = followed.api.status.get(PATH, headers=followed.headers)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_waiters")
        head = followed.api.status("HEAD", PATH, headers=followed.headers)
        assert (head.status_code, head.content) == (200, b"")
    followed.events()
    asyncio.run(followed.api.wait.close())
    with followed.api.wait.place():
        assert followed.api.watcher.feeds == []
