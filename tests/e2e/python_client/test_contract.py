"""Both clients against the whole stack: one suite, which each of them keeps."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from darkroom import Client, errors

from tests.fakes.pictures import a_picture_of, noise
from tests.integration.api import a_key, a_prompt
from tests.stack import RunningStack
from tests.unit.shared.client.darkroom.both import KINDS, client_of


@pytest.fixture(params=KINDS)
def client(darkroom: RunningStack, request: pytest.FixtureRequest) -> Iterator[Client]:
    """Each of the two."""
    with client_of(request.param, darkroom.base_url) as made:
        yield made


def test_a_prompt_becomes_a_picture(client: Client, tmp_path: Path) -> None:
    """Of one job, though it is asked for twice under one key; each change is told, and at last it is deleted."""
    key, prompt = a_key(), a_prompt()
    job = client.submit(prompt, idempotency_key=key, labels={"key": key}, aspect_ratio="16:9", thumbnail=True)
    again = client.submit(prompt, idempotency_key=key, labels={"key": key}, aspect_ratio="16:9", thumbnail=True)
    assert (again.id, again.replayed, job.replayed) == (job.id, True, False)
    changes = list(client.stream(job))
    sequences = [change.status_sequence for change in changes]
    assert sequences == sorted(set(sequences))
    assert (changes[-1].status, changes[-1].progress) == ("completed", 1.0)
    assert list(client.stream(job, last_event_id=str(sequences[-1]))) == []
    (saved,) = client.images(job, folder=tmp_path)
    (held,) = client.images(changes[-1])
    assert saved.path
    assert saved.path.read_bytes() == held.content
    assert held.content
    assert (sha256(held.content).hexdigest(), len(held.content)) == (held.sha256, held.size)
    assert saved.width > saved.height
    assert len(client.images(job, kind="thumbnail")) == 1
    assert [found.id for found in client.list(label=f"key={key}", page_size=1)] == [job.id]
    with pytest.raises(errors.Conflict) as refused:
        client.cancel(job)
    assert refused.value.code == "job_finished"
    client.delete(job)
    with pytest.raises(errors.NotFound):
        client.get(job)


def test_a_refused_prompt_fails_with_its_reason_and_may_be_retried(client: Client) -> None:
    """By a safety filter, whose words are in the error; a retry is another try of the same job."""
    job = client.submit(a_prompt("a fight [[blocked]]"))
    with pytest.raises(errors.JobFailed) as failed:
        client.wait(job)
    assert failed.value.failure
    assert failed.value.failure.code == "safety_blocked"
    assert failed.value.safety
    key = a_key()
    assert client.retry(job, idempotency_key=key).raw["retry_count"] == 1
    assert client.retry(job, idempotency_key=key).raw["retry_count"] == 1  # the same request again, not another
    assert client.wait(job, check=False).status == "failed"


def test_a_job_that_waits_can_be_canceled(client: Client) -> None:
    """As often as one likes; its pictures never come."""
    job = client.submit(a_prompt(), not_before=datetime.now(UTC) + timedelta(days=1))
    assert not job.ended
    with pytest.raises(errors.Timeout) as waited:
        client.wait(job, timeout=3)
    assert waited.value.job
    assert waited.value.job.status == "queued"
    assert client.cancel(job).status == "canceled"
    assert client.cancel(job).status == "canceled"
    with pytest.raises(errors.JobCanceled):
        client.images(job)


def test_what_is_wrong_is_pointed_to(client: Client) -> None:
    """Also a field that the deployment does not know; and a key that names another request."""
    with pytest.raises(errors.Invalid) as refused:
        client.submit("a fox", seed=-1)
    assert [error.pointer for error in refused.value.errors] == ["/seed"]
    with pytest.raises(errors.Invalid, match="nope"):
        client.estimate("a fox", extra={"nope": 1})
    key = a_key()
    client.submit(a_prompt(), idempotency_key=key, not_before=datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(errors.IdempotencyMismatch):
        client.submit(a_prompt(), idempotency_key=key)


def test_a_batch_is_many_jobs(client: Client) -> None:
    """With what is wrong told, where the rest shall go on; its jobs are found by it."""
    batch = client.batch([a_prompt(), {"prompt": a_prompt(), "seed": 7}, {"prompt": ""}], partial=True)
    assert (batch.jobs, [error["index"] for error in batch.errors]) == (2, [2])
    ended = client.wait_batch(batch, timeout=100)
    assert (ended.status, ended.counts["completed"], ended.progress) == ("completed", 2, 1.0)
    assert {job.status for job in client.list(parent_id=batch.id)} == {"completed"}


def test_a_picture_of_one_s_own_is_started_from(client: Client) -> None:
    """Uploaded, then named."""
    upload = client.upload(a_picture_of(noise(64, 64)).data, "image/png")
    job = client.submit(a_prompt(), model="gemini-3.1-flash-image", references=[{"upload_id": upload}])
    assert client.wait(job).raw["references"][0]["upload_id"] == upload


def test_the_price_is_told_before_and_after(client: Client) -> None:
    """In micro-USD; and every other call of the API has a way, too."""
    assert client.estimate("a fox", n=2)["images"] == 2
    assert client.usage(group_by="model")["currency"] == "USD"
    assert client.request("GET", "/v1/models").json()["models"]
    with pytest.raises(errors.NotFound, match="There is nothing at /v1/nothing"):
        list(client.each("/v1/nothing"))
