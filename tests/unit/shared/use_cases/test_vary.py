"""Variations: new jobs that start from an image of one that has completed."""

from typing import Any

import msgspec
import pytest

from shared.domain.errors import Rejected
from shared.domain.inputs import Reference
from shared.domain.job import Artifact, Job
from shared.domain.request import ProviderOptions
from shared.domain.variation import VariationRequest
from shared.use_cases.vary import Vary
from tests.builders import DEFAULTS, JOB_ID, a_caller, a_job_in
from tests.unit.shared.use_cases.test_submit import Desk

GEMINI = "gemini-3.1-flash-image"
IMAGE = Artifact(index=0, uri="gs://b/i.png", sha256="i", mime_type="image/png", width=2, height=3, bytes=4)
SOURCE: dict[str, Any] = {
    "artifacts": (IMAGE,), "model": GEMINI, "provider": "gemini", "aspect_ratio": "16:9", "image_size": "2K",
    "mime_type": "image/jpeg", "compression": 80, "seed": 7, "n": 4, "thumbnail": True,
    "project_id": "p", "branch_id": "b", "scene_id": "s", "shot_id": "t", "labels": {"a": "b"},
}  # fmt: skip


class Easel(Desk):
    """A desk with a completed job, of which variations are asked for."""

    def __init__(self, source: Job | None = None, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.vary = Vary(self.jobs, self.submit, msgspec.structs.replace(DEFAULTS, **defaults))
        self.jobs.has(source or a_job_in("completed", **SOURCE))

    async def varied(self, *, key: str | None = "key-1", job_id: str = JOB_ID, **asked: Any) -> Job:
        """The variation."""
        wanted = msgspec.convert(asked, VariationRequest)
        job, _ = await self.vary(job_id, wanted, a_caller(idempotency_key=key))
        return job


async def test_a_variation_is_like_its_source() -> None:
    """Prompt, placement, size and format are; image, seed, number and the cache are not."""
    easel = Easel()
    job = await easel.varied()
    source = easel.jobs.job(JOB_ID)
    for name in (
        "prompt", "aspect_ratio", "image_size", "mime_type", "compression", "thumbnail", "project_id", "branch_id",
        "scene_id", "shot_id", "labels", "job_type", "model",
    ):  # fmt: skip
        assert getattr(job, name) == getattr(source, name), name
    assert (job.references, job.variation_of) == ((Reference(job_id=JOB_ID),), JOB_ID)
    assert (job.seed, job.n, job.cache, job.status, easel.queue.ids) == (None, 1, "off", "queued", [job.id])


async def test_a_variation_differs_where_it_is_asked_to() -> None:
    """The rest stays."""
    job = await Easel().varied(prompt="at night", n=2, mime_type="image/png", aspect_ratio="1:1", labels={"c": "d"})
    assert (job.prompt, job.n, job.mime_type, job.compression) == ("at night", 2, "image/png", None)
    assert (job.aspect_ratio, job.labels, job.image_size) == ("1:1", {"c": "d"}, "2K")


async def test_a_model_that_takes_no_picture_is_followed_by_its_successor() -> None:
    """What the source asked for and the successor does not know is left out; what this request asks for is not."""
    changes = SOURCE | {
        "model": "imagen-4.0-generate-001", "provider": "imagen", "negative_prompt": "rain",
        "provider_options": ProviderOptions(edit_mode="outpaint"), "job_type": "inpaint",
    }  # fmt: skip
    easel = Easel(a_job_in("completed", **changes))
    job = await easel.varied()
    assert (job.model, job.negative_prompt, job.job_type) == (GEMINI, None, "image")
    with pytest.raises(Rejected) as refusal:
        await easel.varied(negative_prompt="snow", key="another")
    assert [pointer for pointer, _ in refusal.value.errors] == ["/negative_prompt"]
    assert (await easel.varied(model="imagen-3.0-capability-001", key="third")).negative_prompt == "rain"


async def test_a_model_without_a_way_on_names_those_that_can() -> None:
    """400 at the model."""
    easel = Easel(a_job_in("completed", **SOURCE | {"model": "google/imagen-4", "provider": "replicate"}))
    with pytest.raises(Rejected, match=GEMINI) as refusal:
        await easel.varied()
    assert (refusal.value.status, refusal.value.errors[0][0]) == (400, "/model")


async def test_where_all_is_painted_so_is_a_variation() -> None:
    """The model that was asked for decides whether there is one."""
    easel = Easel(a_job_in("completed", **SOURCE | {"model": "placeholder"}), real_images=False)
    assert (await easel.varied()).provider == "placeholder"


@pytest.mark.parametrize(
    ("changes", "asked", "status", "code"),
    [
        ({"tenant": "another"}, {}, 404, "job_not_found"),
        ({}, {"job_id": "z" * 26}, 404, "job_not_found"),
        ({"status": "failed"}, {}, 409, "job_not_completed"),
        ({"job_type": "storyboard", "artifacts": ()}, {}, 409, "job_not_completed"),
        ({}, {"index": 1}, 400, "invalid_request"),
        ({}, {"model": "no-such"}, 400, "unknown_model"),
    ],
)
async def test_what_cannot_be_varied_is_refused(
    changes: dict[str, Any], asked: dict[str, Any], status: int, code: str
) -> None:
    """Another tenant's job is like one that never was."""
    easel = Easel(msgspec.structs.replace(a_job_in("completed", **SOURCE), **changes))
    with pytest.raises(Rejected) as refusal:
        await easel.varied(**asked)
    assert (refusal.value.status, refusal.value.code, easel.queue.ids) == (status, code, [])


async def test_a_key_names_one_variation() -> None:
    """Also when its source is deleted; another body under the key is 422."""
    easel = Easel()
    first = await easel.varied(n=2)
    assert await easel.varied(n=2) == first
    with pytest.raises(Rejected) as refusal:
        await easel.varied(n=3)
    assert refusal.value.status == 422
    easel.jobs.change(JOB_ID, lambda job: msgspec.structs.replace(job, deleted_at=job.created_at))
    assert await easel.varied(n=2) == first
    with pytest.raises(Rejected) as refusal:
        await easel.varied(n=3)
    assert refusal.value.status == 404
