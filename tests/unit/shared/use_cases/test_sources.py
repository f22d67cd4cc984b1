"""Images of own jobs, named in a request: looked at when it is submitted."""

from typing import Any

import msgspec
import pytest

from shared.domain.errors import Rejected
from shared.domain.job import Artifact
from shared.domain.request import JobRequest
from tests.builders import JOB_ID, a_caller, a_job_in, a_request
from tests.unit.shared.use_cases.test_submit import Desk

DONE, RUNNING, THEIRS, DELETED = JOB_ID, "b" * 26, "c" * 26, "d" * 26
IMAGE = Artifact(index=1, uri="gs://b/i.png", sha256="i", mime_type="image/png", width=2, height=3, bytes=4)
UPLOAD = {"upload_id": "u" * 26}


def a_desk() -> Desk:
    """With a completed job that has image 1 alone, a running one, a deleted one, and another tenant's."""
    desk = Desk()
    done = a_job_in("completed", artifacts=(IMAGE,))
    desk.jobs.has(done)
    desk.jobs.has(a_job_in("generating", id=RUNNING))
    desk.jobs.has(msgspec.structs.replace(done, id=THEIRS, tenant="another"))
    desk.jobs.has(msgspec.structs.replace(done, id=DELETED, deleted_at=done.created_at))
    desk.jobs.calls.clear()
    return desk


def editing(*references: dict[str, Any], **changes: Any) -> JobRequest:
    """A request that starts from these."""
    return a_request(**{"model": "gemini-3.1-flash-image", "references": list(references)} | changes)


async def test_an_own_image_is_taken() -> None:
    """It is read once, however often it is named; the job keeps the names."""
    desk = a_desk()
    mine = {"job_id": DONE, "index": 1}
    job = await desk.take(editing(mine, mask=mine, model="imagen-3.0-capability-001"))
    assert desk.jobs.calls == ["get", "create"]
    assert [source.job_id for source in (*job.references, job.mask) if source] == [DONE, DONE]


async def test_uploads_and_addresses_cost_no_read() -> None:
    """They are looked at when the job runs."""
    desk = a_desk()
    await desk.take(editing(UPLOAD, {"url": "https://pictures.test/a.png"}))
    assert desk.jobs.calls == ["create"]


@pytest.mark.parametrize(
    ("source", "pointer", "words"),
    [
        ({"job_id": "z" * 26}, "/references/1/job_id", f"there is no job {'z' * 26}"),
        ({"job_id": "no id"}, "/references/1/job_id", "there is no job no id"),
        ({"job_id": THEIRS, "index": 1}, "/references/1/job_id", f"there is no job {THEIRS}"),
        ({"job_id": DELETED, "index": 1}, "/references/1/job_id", f"there is no job {DELETED}"),
        ({"job_id": RUNNING}, "/references/1/job_id", f"job {RUNNING} is generating"),
        ({"job_id": DONE}, "/references/1/index", f"job {DONE} has no image 0; it has 1"),
    ],
)
async def test_an_image_that_is_not_there_is_refused(source: dict[str, Any], pointer: str, words: str) -> None:
    """With a pointer; another tenant's job is like one that never was."""
    desk = a_desk()
    with pytest.raises(Rejected) as refusal:
        await desk.take(editing(UPLOAD, source))
    ((found, text),) = refusal.value.errors
    assert (refusal.value.status, found) == (400, pointer)
    assert text.startswith(words)
    assert "create" not in desk.jobs.calls


async def test_a_repeat_finds_its_job_though_its_image_is_gone() -> None:
    """The key names it; the same request with another key is refused."""
    desk = a_desk()
    request = editing({"job_id": DONE, "index": 1})
    job = await desk.take(request)
    desk.jobs.change(DONE, lambda done: msgspec.structs.replace(done, deleted_at=done.created_at))
    assert await desk.submit(request, a_caller()) == (job, True)
    with pytest.raises(Rejected):
        await desk.take(request, idempotency_key="another")
