"""A job's changes, told to its user's webhook by the whole stack."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud.firestore import FieldFilter
from standardwebhooks import Webhook

from infra.local.environment import DEFAULTS
from tests.fakes.http_server import Answer, Asked, HttpServer
from tests.integration.api import Api, Job
from tests.integration.inside import Inside
from tests.stack import RunningStack
from tests.waiting import until

USUAL = ["job.processing", "job.generating", "job.uploading", "job.completed"]
EVERY = [*USUAL, "job.queued", "job.failed", "job.canceled"]
OK = Answer(204)


class Receiver(HttpServer):
    """A user's server; `answer` may be replaced."""

    def __init__(self) -> None:
        super().__init__(lambda _: OK)

    def got(self, path: str) -> list[dict[str, Any]]:
        """What came there, in order; verified by the official library."""
        secret = Webhook(DEFAULTS["WEBHOOK_SECRETS"])
        return [secret.verify(asked.body, asked.headers) for asked in self._at(path)]

    def types(self, path: str) -> list[str]:
        """Of the events that came there, in order."""
        return [event["type"] for event in self.got(path)]

    def ids(self, path: str) -> list[str]:
        """Their `webhook-id`s, in order."""
        return [asked.headers["webhook-id"] for asked in self._at(path)]

    def _at(self, path: str) -> list[Asked]:
        return [asked for asked in tuple(self.asked) if asked.path == path]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """One that takes everything."""
    with (receiver := Receiver()).running():
        yield receiver


@pytest.fixture
def hooked(api: Api, receiver: Receiver) -> Callable[..., Job]:
    """Submits jobs whose every event goes to a path of the receiver."""

    def submit(path: str = "/hook", **body: Any) -> Job:
        webhook = {"url": f"{receiver.url}{path}", "events": EVERY}
        return api.submit(**{"model": "placeholder", "webhook": webhook} | body)

    return submit


def _deliveries(api: Api, job: Job) -> list[dict[str, Any]]:
    """As the API lists them: newest first."""
    found: list[dict[str, Any]] = api.http.get(job["urls"]["deliveries"]).raise_for_status().json()["deliveries"]
    return found


def _all_delivered(api: Api, job: Job, number: int) -> list[dict[str, Any]] | None:
    found = _deliveries(api, job)
    return found if [each["state"] for each in found] == ["delivered"] * number else None


def _make_due(inside: Inside, job: Job) -> None:
    """Let the time of every next try have come."""
    collection = inside.database.collection("deliveries")
    for found in collection.where(filter=FieldFilter("job_id", "==", job["id"])).get():
        if found.to_dict()["state"] == "pending":
            collection.document(found.id).update({"wake_at": datetime.now(UTC), "next_try_at": datetime.now(UTC)})


def test_every_change_is_told_once_and_in_order(api: Api, receiver: Receiver, hooked: Callable[..., Job]) -> None:
    """Signed, each under an id of its own, with the job as it was."""
    job = hooked()
    until(lambda: len(receiver.asked) >= len(USUAL))
    found = until(lambda: _all_delivered(api, job, len(USUAL)))
    assert receiver.types("/hook") == USUAL
    assert receiver.ids("/hook") == [each["id"] for each in reversed(found)]
    assert len(set(receiver.ids("/hook"))) == len(USUAL)
    sequences = [each["status_sequence"] for each in reversed(found)]
    assert sequences == sorted(sequences)
    last = receiver.got("/hook")[-1]["data"]
    assert (last["id"], last["status"], len(last["images"])) == (job["id"], "completed", 1)
    assert api.http.get(last["images"][0]["url"], follow_redirects=True).status_code == 200


def test_other_ends_are_told_too(api: Api, receiver: Receiver, hooked: Callable[..., Job]) -> None:
    """A failure, and a cancel before any work."""
    hooked("/failed", model="standard", prompt="[[refused]] a fox")
    later = hooked("/canceled", not_before="2036-01-01T00:00:00Z")
    assert api.command(later, "cancel").status_code == 200
    until(lambda: receiver.types("/failed")[-1:] == ["job.failed"] and receiver.types("/canceled"))
    assert receiver.types("/failed") == ["job.processing", "job.generating", "job.failed"]
    assert receiver.types("/canceled") == ["job.canceled"]


def test_only_what_was_asked_for_is_told(api: Api, receiver: Receiver) -> None:
    """The ends, where nothing was said."""
    job = api.submit(model="placeholder", webhook={"url": f"{receiver.url}/ends"})
    until(lambda: _all_delivered(api, job, 1))
    assert receiver.types("/ends") == ["job.completed"]


def test_a_delivery_is_sent_again_on_request(api: Api, receiver: Receiver, hooked: Callable[..., Job]) -> None:
    """The same bytes under the same id; while it is under way, 409."""
    job = hooked("/again", webhook={"url": f"{receiver.url}/again"})
    (first,) = until(lambda: _all_delivered(api, job, 1))
    held = threading.Event()
    receiver.answer = lambda _: Answer(204, held=held)
    url = f"/v1/deliveries/{first['id']}/redeliver"
    again = api.http.post(url)
    assert (again.status_code, again.json()["state"]) == (202, "pending")
    until(lambda: len(receiver.asked) == 2)
    assert api.http.post(url).json()["code"] == "delivery_pending"
    held.set()
    until(lambda: _all_delivered(api, job, 1))
    assert receiver.asked[0].body == receiver.asked[1].body
    assert receiver.ids("/again") == [first["id"]] * 2


def test_a_receiver_that_wants_no_more_gets_no_more(api: Api, receiver: Receiver, hooked: Callable[..., Job]) -> None:
    """410 disables it for the job and for later ones, until a delivery that is asked for anew is taken."""
    receiver.answer = lambda _: Answer(410)
    for _ in range(2):
        job = hooked("/gone")
        until(lambda job=job: [each["state"] for each in _deliveries(api, job)] == ["gave_up"] * len(USUAL))  # type: ignore[misc]
    assert receiver.types("/gone") == ["job.processing"]
    receiver.answer = lambda _: OK
    last = _deliveries(api, job)[0]
    assert last["disabled"] is True
    assert api.http.post(f"/v1/deliveries/{last['id']}/redeliver").status_code == 202
    until(lambda: receiver.types("/gone") == ["job.processing", "job.completed"])
    until(lambda: _deliveries(api, job)[0]["state"] == "delivered")
    again = hooked("/gone")
    until(lambda: _all_delivered(api, again, len(USUAL)))


def test_a_dead_receiver_delays_nobody_else(api: Api, receiver: Receiver, hooked: Callable[..., Job]) -> None:
    """Ten jobs' receiver takes connections and says nothing; an eleventh job's is told as ever."""
    held = threading.Event()
    receiver.answer = lambda asked: Answer(204, held=held) if asked.path == "/dead" else OK
    dead = [hooked("/dead") for _ in range(10)]
    until(lambda: len(receiver.asked) >= len(dead))
    job = hooked("/alive")
    until(lambda: _all_delivered(api, job, len(USUAL)))
    assert receiver.types("/alive") == USUAL
    assert receiver.types("/dead") == ["job.processing"] * len(dead)
    held.set()
    until(lambda: all(_all_delivered(api, each, len(USUAL)) for each in dead))


def test_a_kill_between_a_try_and_its_result_loses_nothing(
    darkroom: RunningStack, api: Api, inside: Inside, receiver: Receiver, hooked: Callable[..., Job]
) -> None:
    """Another instance tries again, in order, under the same ids: at least once."""
    held = threading.Event()
    receiver.answer = lambda _: Answer(204, held=held)
    job = hooked("/killed")
    until(lambda: receiver.asked)
    api.reached(job, "completed")
    darkroom.kill("notify")
    darkroom.restart("notify")
    held.set()
    receiver.answer = lambda _: OK
    _make_due(inside, job)
    inside.sweep()
    found = until(lambda: _all_delivered(api, job, len(USUAL)))
    assert receiver.types("/killed") == ["job.processing", *USUAL]
    assert list(dict.fromkeys(receiver.ids("/killed"))) == [each["id"] for each in reversed(found)]
