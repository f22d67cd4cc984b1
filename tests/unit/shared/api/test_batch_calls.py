"""POST and GET of batches."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.batch import BatchOf, BatchRequest, JobDefaults
from shared.domain.endings import canceled
from shared.domain.errors import Unavailable
from shared.domain.job import Spend
from shared.domain.request import JobRequest
from tests.builders import a_delivery, a_job, a_job_in, a_parent, an_event
from tests.fakes.clock import NOON
from tests.unit.shared.api.asking import Api

KEY = {"Idempotency-Key": "key-1"}
TWO = {"items": [{"prompt": "a fox"}, {"prompt": "a wolf", "priority": "interactive"}]}


def test_a_batch_is_accepted() -> None:
    """202, where it is, and the batch: nothing has begun."""
    api = Api()
    answer = api.submit.post("/v1/batches", json={**TWO, "labels": {"a": "b"}}, headers=KEY | {"X-User-ID": "u"})
    batch = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == batch["urls"]["self"] == f"http://api.test/v1/batches/{batch['id']}"
    assert (batch["status"], batch["jobs"], batch["labels"], batch["user_id"]) == ("queued", 2, {"a": "b"}, "u")
    assert (batch["counts"]["queued"], batch["progress"], batch["errors"]) == (2, 0.0, [])
    assert batch["cost"] == {
        "currency": "USD", "estimated_micros": 80_000, "actual_micros": 0, "counted_micros": 0,
    }  # fmt: skip
    assert api.status.get(f"/v1/batches/{batch['id']}").json() == batch


def test_its_jobs_are_listed_in_the_order_of_the_items() -> None:
    """In the lane for batches, unless they say otherwise."""
    api = Api()
    batch = api.submit.post("/v1/batches", json=TWO).json()
    jobs = api.status.get(batch["urls"]["jobs"].removeprefix("http://api.test")).json()["jobs"]
    assert [(job["prompt"], job["priority"]) for job in jobs] == [("a fox", "batch"), ("a wolf", "interactive")]
    assert [(job["parent_id"], job["parent_index"]) for job in jobs] == [(batch["id"], 0), (batch["id"], 1)]


def test_what_items_share_is_said_once() -> None:
    """An item's own field wins; the batch's lane is its items' where neither says."""
    api = Api()
    defaults = {"prompt": "a fox", "n": 2, "cache": "off", "provider_options": {"language": "en"}}
    body = {"defaults": defaults, "items": [{}, {"prompt": "a wolf", "n": 1}], "priority": "interactive"}
    assert api.submit.post("/v1/batches", json=body).status_code == 202
    jobs = sorted(api.jobs.history, key=lambda job: job.parent_index or 0)
    assert [(job.prompt, job.n, job.cache, job.priority) for job in jobs] == [
        ("a fox", 2, "off", "interactive"), ("a wolf", 1, "off", "interactive"),
    ]  # fmt: skip
    assert jobs[0].provider_options.language == "en"


@pytest.mark.parametrize("media_type", ["application/jsonl", "application/x-ndjson; charset=utf-8"])
def test_lines_are_taken_too(media_type: str) -> None:
    """One request a line; empty lines are none; `partial` is in the address."""
    api = Api()
    lines = b'{"prompt": "a fox"}\r\n\n{"prompt": "a wolf", "n": 99}\n{"prompt": "a bear"}\n'
    headers = {"Content-Type": media_type}
    refused = api.submit.post("/v1/batches", content=lines, headers=headers)
    assert (refused.status_code, _pointers(refused.json())) == (400, ["/items/1/n"])
    batch = api.submit.post("/v1/batches?partial=true", content=lines, headers=headers).json()
    assert (batch["jobs"], [error["pointer"] for error in batch["errors"]]) == (2, ["/items/1/n"])
    assert {job.priority for job in api.jobs.history} == {"batch"}
    odd = api.submit.post("/v1/batches?partial=perhaps", content=lines, headers=headers)
    assert (odd.status_code, odd.json()["code"]) == (400, "invalid_query")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b'{"items": [{"prompt": "x"}, {"prompt": 3}, {"promt": "x"}]}', ["/items/1/prompt", "/items/2/promt"]),
        (b'{"items": [7]}', ["/items/0"]),
        (b'{"items": [{"prompt": "x", "width": 64}]}', ["/items/0/height"]),
        (b'{"items": [{"prompt": "x", "model": "no such"}]}', ["/items/0/model"]),
        (b'{"items": [{}]}', ["/items/0/prompt"]),
        (b'{"items": []}', ["/items"]),
        (b'{"items": [' + b'{"prompt": "x"},' * 1000 + b'{"prompt": "x"}]}', ["/items"]),
        (b'{"items": [{"prompt": "x"}], "defaults": {"n": 11}}', ["/defaults/n"]),
        (b'{"items": [{"prompt": "x"}], "defaults": {"color": 1}}', ["/defaults/color"]),
        (b'{"items": [{"prompt": "x"}], "partial": "yes"}', ["/partial"]),
        (b'{"items": [{"prompt": "x"}], "labels": {"A": "b"}}', ["/labels"]),
        (b'{"item": []}', ["/item"]),
        (b"[]", [""]),
        (b'{"items": [{"prompt": "x"}, ' + b"[" * 5000 + b"]" * 5000 + b"]}", None),
        (b"{", None),
    ],
)  # fmt: skip
def test_what_is_wrong_is_pointed_at(body: bytes, pointers: list[str] | None) -> None:
    """By the index of the item, and the field in it; nothing was started."""
    api = Api()
    answer = api.submit.post("/v1/batches", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    if pointers is not None:
        assert _pointers(answer.json()) == pointers
    assert (api.jobs.history, api.batches.history, api.queue.ids) == ([], [], [])


def test_a_bad_line_is_pointed_at() -> None:
    """Not JSON, not UTF-8, or too many of them."""
    api = Api()
    headers = {"Content-Type": "application/jsonl"}
    answer = api.submit.post("/v1/batches", content=b'{"prompt": "x"}\n{\n"\xff"\n', headers=headers)
    assert (answer.status_code, _pointers(answer.json())) == (400, ["/items/1", "/items/2"])
    for count in (0, 1001):
        answer = api.submit.post("/v1/batches", content=b'{"prompt": "x"}\n' * count or b"\n", headers=headers)
        assert (answer.status_code, _pointers(answer.json())) == (400, ["/items"])


def test_other_media_types_and_larger_bodies_are_refused() -> None:
    """415, and 413 above 16 MiB; without a body 400."""
    post = Api().submit.post
    assert post("/v1/batches", content=b"x", headers={"Content-Type": "text/csv"}).status_code == 415
    assert post("/v1/batches", content=b"").json()["code"] == "missing_body"
    line = b'{"prompt": "' + b"x" * 20_000 + b'"}\n'
    lines = {"Content-Type": "application/jsonl"}
    assert post("/v1/batches", content=line * 800, headers=lines).status_code == 202
    assert post("/v1/batches", content=line * 850, headers=lines).status_code == 413


def test_a_replay_says_so_and_how_it_stands() -> None:
    """However its JSON is spaced; 200 once it has ended."""
    api = Api()
    first = api.submit.post("/v1/batches", json=TWO, headers=KEY).json()
    text = json.dumps(TWO, indent=2).encode()
    again = api.submit.post("/v1/batches", content=text, headers=KEY | {"Content-Type": "application/json"})
    assert (again.status_code, again.headers["idempotency-replayed"], again.json()) == (202, "true", first)
    assert "idempotency-key-expires" in again.headers
    other = api.submit.post("/v1/batches", json={**TWO, "partial": True}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    api.submit.post(f"/v1/batches/{first['id']}/cancel")
    over = api.submit.post("/v1/batches", json=TWO, headers=KEY)
    assert (over.status_code, over.json()["status"], over.json()["counts"]["canceled"]) == (200, "canceled", 2)


def test_a_batch_says_how_many_are_where_and_what_they_spent() -> None:
    """Its status is by its jobs, though nobody has written to it; a lost answer counts at its estimate."""
    api = Api()
    parent = a_parent(status="queued", children=4)
    api.batches.has(parent)
    for letter, status in {"c": "completed", "d": "generating", "e": "queued"}.items():
        api.jobs.has(a_job(id=letter * 26, parent_id=parent.id, status=status))
    paid = (Spend(attempt=1, estimated_micros=40, actual_micros=40), Spend(attempt=1, estimated_micros=50))
    job = a_job_in("generating", id="f" * 26, parent_id=parent.id, spend=paid)
    asyncio.run(api.jobs.write(api.jobs.has(job), canceled(job, NOON)))  # as whoever ends a job does
    batch = api.status.get(f"/v1/batches/{parent.id}").json()
    assert (batch["status"], batch["progress"]) == ("running", 0.5)
    assert {name: count for name, count in batch["counts"].items() if count} == {
        "completed": 1, "generating": 1, "queued": 1, "canceled": 1,
    }  # fmt: skip
    assert (batch["cost"]["actual_micros"], batch["cost"]["counted_micros"]) == (None, 90)


def test_commands_on_a_batch() -> None:
    """202 while jobs are still to be stopped, 200 once it has ended; 409 where there is nothing to do."""
    api = Api()
    batch = api.submit.post("/v1/batches", json=TWO).json()
    url = f"/v1/batches/{batch['id']}"
    assert _problem(api.submit.post(f"{url}/retry")) == (409, "batch_not_failed")
    answer = api.submit.post(f"{url}/cancel", headers=KEY)
    assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    again = api.submit.post(f"{url}/cancel", headers=KEY)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    assert _problem(api.submit.post(f"{url}/retry", headers=KEY)) == (422, "idempotency_key_reused")
    api.batches.has(a_parent(status="completed"))
    assert _problem(api.submit.post(f"/v1/batches/{'p' * 26}/cancel")) == (409, "batch_finished")
    api.batches.has(a_parent(status="failed"))
    assert api.submit.post(f"/v1/batches/{'p' * 26}/retry").status_code == 200  # there is none that failed any more


@pytest.mark.parametrize(
    "parent", [a_parent(status="queued", tenant="other"), a_parent(), a_parent(status="abandoned")]
)
def test_what_is_not_the_callers_is_404(parent: Any) -> None:
    """Another tenant's, and what was never answered."""
    api = Api()
    api.batches.has(parent)
    for answer in (
        api.status.get(f"/v1/batches/{parent.id}"),
        api.submit.post(f"/v1/batches/{parent.id}/cancel"),
        api.submit.post(f"/v1/batches/{parent.id}/retry"),
        api.status.get("/v1/batches/none"),
    ):
        assert _problem(answer) == (404, "batch_not_found")


def test_what_its_webhook_was_told_is_listed() -> None:
    """Of the batch itself; its jobs have their own."""
    api = Api()
    api.batches.has(a_parent(status="completed"))
    told = an_event(3, job_id="p" * 26, type="batch.completed")
    api.deliveries.has(a_delivery(3, id=told.event_id, job_id="p" * 26, event=told))
    api.deliveries.has(a_delivery())
    (delivery,) = api.status.get(f"/v1/batches/{'p' * 26}/deliveries").json()["deliveries"]
    assert (delivery["id"], delivery["type"]) == (told.event_id, "batch.completed")
    assert _problem(api.status.get(f"/v1/batches/{'q' * 26}/deliveries")) == (404, "batch_not_found")


def test_a_database_that_does_not_answer_is_503() -> None:
    """And nothing of the batch runs: the same key goes on with it."""
    api = Api()
    api.jobs.failures.refuse("create_all", Unavailable("down", "Down.", retry_after=5))
    answer = api.submit.post("/v1/batches", json=TWO, headers=KEY)
    assert (answer.status_code, answer.headers["retry-after"], api.queue.ids) == (503, "5", [])
    assert api.submit.post("/v1/batches", json=TWO, headers=KEY).status_code == 202
    assert len(api.queue.ids) == 2


def test_what_is_documented_is_what_is_read() -> None:
    """The defaults have a request's fields, none of them needed; the items are read one by one."""
    assert JobDefaults.__struct_fields__ == JobRequest.__struct_fields__
    assert BatchRequest.__struct_fields__ == BatchOf.__struct_fields__


def _pointers(problem: dict[str, Any]) -> list[str]:
    return [error["pointer"] for error in problem["errors"]]


def _problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_batches_are_listed_the_newest_first() -> None:
    """With the counts of those that go on; none of another tenant's, and none that was never answered."""
    api = Api()
    for letter, minutes, changes in (
        ("c", 1, {"status": "queued", "children": 2, "labels": {"film": "7"}}),
        ("d", 2, {"status": "completed_with_failures", "wake_at": None, "completed_at": NOON}),
        ("e", 3, {"status": "recording"}),
        ("f", 4, {"status": "queued", "tenant": "rival"}),
        ("g", 5, {"status": "queued", "kind": "storyboard"}),
    ):
        api.batches.has(a_parent(id=letter * 26, created_at=NOON + timedelta(minutes=minutes), **changes))
    for number, status in enumerate(("completed", "generating")):
        api.jobs.has(a_job_in(status, id=str(number) * 26, parent_id="c" * 26))  # type: ignore[arg-type]
    page = api.status.get("/v1/batches").json()
    assert page["next_page_token"] is None
    ended, running = page["batches"]
    assert (ended["id"], ended["status"]) == ("d" * 26, "completed_with_failures")
    assert (ended["counts"], ended["progress"]) == (None, 1.0)
    whole = api.status.get(f"/v1/batches/{'c' * 26}").json()
    assert running == {name: value for name, value in whole.items() if name not in {"cost", "errors"}}
    assert (running["status"], running["counts"]["completed"], running["progress"]) == ("running", 1, 0.5)


def test_pages_of_batches_follow_each_other() -> None:
    """To the end, each batch once; a token is that of this listing alone."""
    api = Api()
    for letter in "cdefg":
        api.batches.has(a_parent(id=letter * 26, status="completed", wake_at=None, completed_at=NOON))
    found, token = "", ""
    while True:
        page = api.status.get(f"/v1/batches?page_size=2&page_token={token}").json()
        found += "".join(batch["id"][0] for batch in page["batches"])
        if not (token := page["next_page_token"]):
            break
        assert api.status.get(f"/v1/jobs?page_token={token}").json()["code"] == "invalid_page_token"
    assert found == "gfedc"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?status=queued", "unknown_filter"),
        ("?page_size=0", "invalid_page_size"),
        ("?page_token=x", "invalid_page_token"),
    ],
)
def test_what_batches_cannot_be_listed_by_is_refused(query: str, code: str) -> None:
    """400, with what there is."""
    answer = Api().status.get(f"/v1/batches{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
