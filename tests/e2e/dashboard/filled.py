"""A tenant with something in every view: jobs in each state, pictures, a storyboard, a batch, a dead letter."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.job import Failure, Job
from shared.idempotency import fresh_token
from tests.builders import a_job_in
from tests.e2e.dashboard.people import Person
from tests.integration.api import Job as Shown
from tests.waiting import until

ENDED = {"completed", "completed_with_failures", "failed", "canceled"}
PROMPTS = (
    ("a lighthouse in the fog, 35 mm, the lamp just lit", "3:4"),
    ("nets drying on the quay, low sun", "16:9"),
    ("the harbour master's desk, seen from above", "1:1"),
)


@dataclass(frozen=True)
class Filled:
    """What there is to look at."""

    completed: Shown
    failed: Shown
    board: str
    batch: str
    dead: Job

    def views(self) -> dict[str, str]:
        """The address of each view by its name."""
        return {
            "queue": "queue",
            "gallery": "gallery",
            "job": f"jobs/{self.completed['id']}",
            "failed-job": f"jobs/{self.failed['id']}",
            "boards": "boards",
            "storyboard": f"boards/storyboards/{self.board}",
            "batch": f"boards/batches/{self.batch}",
            "spend": "spend",
            "health": "health",
            "new": f"new?from={self.completed['id']}",
        }


def fill(person: Person) -> Filled:
    """Fill the tenant of `person`; all that is to end has ended."""
    api = person.api
    own: dict[str, Any] = {"project_id": "harbour", "thumbnail": True}
    asked = [
        api.submit(prompt=text, aspect_ratio=ratio, scene_id="1", labels={"take": "2"}, **own)
        for text, ratio in PROMPTS
    ]
    failed = api.submit(prompt="[[blocked]] a storm", **own)
    canceled = api.submit(prompt="the ferry at night", not_before="2100-01-01T00:00:00Z", **own)
    api.submit(prompt="the first boat of the year", not_before="2100-01-01T00:00:00Z", **own)
    api.command(canceled, "cancel").raise_for_status()
    scenes = [{"prompt": f"the pier, hour {hour}"} for hour in range(3)]
    render = {"model": "placeholder", "thumbnail": True}
    board = made(person, "storyboards", {"scenes": scenes, "render": render, "project_id": "harbour"})
    items = [{"prompt": f"a gull on a bollard, {number}", "model": "placeholder", **own} for number in range(3)]
    batch = made(person, "batches", {"items": [*items, {"prompt": "[[blocked]] a wreck"}]})
    letter = dead_letter(person.tenant, "the fish market before dawn")
    person.has([letter])
    completed = [api.reached(job, "completed") for job in asked]
    return Filled(completed[0], api.reached(failed, "failed"), board, batch, letter)


def made(person: Person, kind: str, body: dict[str, object]) -> str:
    """The id of a batch or storyboard that was asked for and has ended."""
    asked = person.api.http.post(f"/v1/{kind}", json=body).raise_for_status().json()
    address = f"/v1/{kind}/{asked['id']}"
    until(lambda: person.api.http.get(address).raise_for_status().json()["status"] in ENDED)
    return str(asked["id"])


def dead_letter(tenant: str, prompt: str) -> Job:
    """A job that gave up a minute ago, and whose next try will do."""
    why = Failure(
        type="TEMPORARY", stage="generating", code="provider_unavailable", message="The model did not answer.",
        retryable=True,
    )  # fmt: skip
    at = datetime.now(UTC) - timedelta(minutes=1)
    return a_job_in(
        "failed", id=fresh_token(), tenant=tenant, listed_for=tenant, prompt=prompt, failure=why, gave_up=True,
        provider="placeholder", model="placeholder", created_at=at, queued_at=at, updated_at=at, completed_at=at,
        wake_at=None,
    )  # fmt: skip
