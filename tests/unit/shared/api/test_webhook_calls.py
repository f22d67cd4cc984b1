"""The calls about webhooks: `notify`'s own, a job's deliveries, and another try of one."""

from base64 import b64encode
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.api.job_events import MAX_PAYLOAD, payload_of, router
from shared.domain.delivery import Try
from shared.domain.errors import Unavailable
from shared.domain.job import Failure, Job, moved
from shared.domain.request import Webhook
from shared.use_cases.notify import Notify
from shared.use_cases.tenants import RecentTenants
from tests.builders import JOB_ID, a_delivery, a_job, an_event
from tests.contract.full_job import A_FULL_JOB
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.delivery_store import FakeDeliveryStore
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.job_store import FakeJobStore
from tests.fakes.stores import fake_stores
from tests.fakes.webhook_sender import FakeWebhookSender
from tests.unit.shared.api.asking import Api, Client

EVENT = an_event()


def _message(data: bytes, **attributes: str) -> dict[str, Any]:
    return {"message": {"data": b64encode(data).decode(), "attributes": attributes, "messageId": "1"}}


class Function:
    """`notify` as it is called, with fakes behind it, and one job with a webhook."""

    def __init__(self) -> None:
        self.deliveries = FakeDeliveryStore()
        jobs, clock = FakeJobStore(), FakeClock()
        jobs.has(a_job(webhook=Webhook(url="https://receiver.test/hook")))
        sender = FakeWebhookSender(clock)
        stores = fake_stores(jobs=jobs, deliveries=self.deliveries)
        tenants = RecentTenants(stores.tenants, clock)
        self.ask = Client(
            router(Notify(stores, tenants, FakeJobQueue(), clock, sender=sender, payload=lambda _, __: "{}"))
        )


def test_a_message_is_delivered_and_acknowledged() -> None:
    """At whatever path the subscription names."""
    answer = Function().ask.post("/any/where", json=_message(msgspec.json.encode(EVENT), job_id=JOB_ID))
    assert (answer.status_code, answer.json()) == (200, {"event_id": EVENT.event_id, "result": "delivered"})


@pytest.mark.parametrize(
    "body",
    [
        {},
        _message(msgspec.json.encode(EVENT)),
        _message(b"no JSON", job_id=JOB_ID),
        _message(b'"\xff"', job_id=JOB_ID),
        _message(b'{"event_id": "\xff"}', job_id=JOB_ID),
        _message(b"[" * 100_000, job_id=JOB_ID),
        _message(b"{}", job_id=JOB_ID),
    ],
)
def test_what_is_no_event_is_400(body: dict[str, Any]) -> None:
    """The broker's dead letters will show it."""
    answer = Function().ask.post("/", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_message")


def test_a_database_that_is_down_leaves_the_message_to_the_broker() -> None:
    """503: it comes again."""
    function = Function()
    function.deliveries.failures.refuse("get", Unavailable("down", "Down."))
    message = _message(msgspec.json.encode(EVENT), job_id=JOB_ID)
    assert function.ask.post("/", json=message).status_code == 503
    assert function.ask.post("/", json=message).json()["result"] == "delivered"


def _payload(job: Job) -> tuple[int, dict[str, Any]]:
    text = payload_of(EVENT, job, "https://api.test")
    return len(text.encode()), msgspec.json.decode(text)


def test_a_payload_is_the_event_and_the_job() -> None:
    """As GET would show it."""
    _, payload = _payload(a_job())
    assert (payload["type"], payload["data"]["id"], payload["data"]["prompt"]) == (EVENT.type, JOB_ID, a_job().prompt)
    assert payload["data"]["urls"]["self"] == f"https://api.test/v1/jobs/{JOB_ID}"
    assert (payload["timestamp"], payload["status_sequence"]) == ("2026-11-21T12:00:00Z", EVENT.status_sequence)


def test_a_payload_has_the_time_of_the_change_however_late_it_is_recorded() -> None:
    """And its number, so that a receiver sees whether the job has moved on since."""
    (event,) = moved(a_job(webhook=Webhook(url="https://r.test")), "canceled", NOON).outbox
    later = a_job(status_sequence=9, updated_at=NOON + timedelta(hours=1))
    payload = msgspec.json.decode(payload_of(event, later, "https://api.test"))
    assert (payload["timestamp"], payload["type"]) == ("2026-11-21T12:00:00Z", "job.canceled")
    assert (payload["status_sequence"], payload["data"]["status_sequence"]) == (2, 9)


def test_no_payload_is_longer_than_20_kb() -> None:
    """The longest parts stay away; what the job is and has, stays."""
    long = Failure(type="UNKNOWN", stage="uploading", code="c", message="🦊" * 30_000, retryable=False)
    artifact = msgspec.structs.replace(A_FULL_JOB.artifacts[0], uri="gs://b/" + "x" * 1000)
    job = msgspec.structs.replace(
        A_FULL_JOB, prompt="🦊" * 32_000, artifacts=(artifact,) * 10, failure=long, spend=A_FULL_JOB.spend * 50
    )
    size, payload = _payload(job)
    assert size <= MAX_PAYLOAD
    assert (payload["data"]["id"], payload["data"]["status"]) == (job.id, job.status)
    assert len(payload["data"]["images"]) == 10
    assert payload["data"]["failure"]["code"] == "c"


def test_a_job_s_deliveries_are_listed() -> None:
    """Newest first, each with its tries; its next one while it is pending."""
    api = Api()
    api.jobs.has(a_job())
    given_up = a_delivery(2, state="gave_up", disabled=True, tries=(Try(at=NOON, status=410, duration_ms=3),))
    api.deliveries.has(given_up)
    answer = api.status.get(f"/v1/jobs/{JOB_ID}/deliveries")
    (shown,) = answer.json()["deliveries"]
    assert (shown["id"], shown["state"], shown["next_try_at"]) == (given_up.id, "gave_up", None)
    assert shown["disabled"] is True
    assert shown["tries"] == [{"at": "2026-11-21T12:00:00Z", "status": 410, "duration_ms": 3}]
    assert "payload" not in shown
    api.deliveries.has(a_delivery())
    assert api.status.get(f"/v1/jobs/{JOB_ID}/deliveries").json()["deliveries"][0]["next_try_at"] is not None


def test_deliveries_come_in_pages() -> None:
    """Each once; a token is no other job's."""
    api = Api()
    api.jobs.has(a_job())
    for sequence in range(2, 7):
        api.deliveries.has(a_delivery(sequence))
    found, query = [], "?page_size=2"
    while query:
        answer = api.status.get(f"/v1/jobs/{JOB_ID}/deliveries{query}").json()
        found += [each["status_sequence"] for each in answer["deliveries"]]
        token = answer["next_page_token"]
        query = f"?page_size=2&page_token={token}" if token else ""
    assert found == [6, 5, 4, 3, 2]
    api.jobs.has(a_job(id="b" * 26))
    first = api.status.get(f"/v1/jobs/{JOB_ID}/deliveries?page_size=2").json()["next_page_token"]
    assert api.status.get(f"/v1/jobs/{'b' * 26}/deliveries?page_token={first}").status_code == 400
    assert api.status.get(f"/v1/jobs/{JOB_ID}/deliveries?page_size=0").status_code == 400


def test_another_tenant_s_deliveries_are_404() -> None:
    """As are those of no job."""
    api = Api()
    api.jobs.has(a_job(tenant="another"))
    api.deliveries.has(a_delivery(tenant="another", state="gave_up"))
    assert api.status.get(f"/v1/jobs/{JOB_ID}/deliveries").status_code == 404
    assert api.status.get(f"/v1/jobs/{'b' * 26}/deliveries").status_code == 404
    assert api.submit.post(f"/v1/deliveries/{a_delivery().id}/redeliver").status_code == 404


def test_a_delivery_can_be_sent_again() -> None:
    """202, with the delivery as it is now."""
    api = Api()
    api.deliveries.has(a_delivery(state="gave_up"))
    answer = api.submit.post(f"/v1/deliveries/{a_delivery().id}/redeliver")
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert api.submit.post(f"/v1/deliveries/{a_delivery().id}/redeliver").status_code == 409
