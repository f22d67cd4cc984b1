"""The pictures that a job starts from: fetched once, kept among its own objects."""

import msgspec
import pytest

from shared.domain.commands import delete
from shared.domain.errors import ImageStoreError, InputError, ProviderError
from shared.domain.inputs import MAX_INPUT_BYTES, Input, Reference, Source
from shared.domain.job import Artifact, Job, Spend
from shared.domain.placement import prefix, upload_name
from shared.domain.render import render_id
from shared.ports import Outcome
from tests.builders import JOB_ID, a_job_in, image_bytes
from tests.fakes.clock import NOON
from tests.unit.shared.use_cases.workshop import Workshop, a_plain_job

UPLOAD, OTHER_JOB = "u" * 26, "b" * 26
URL = "https://pictures.test/a.png"
FOX, DEN, MASK = image_bytes(1), image_bytes(2), image_bytes(3)
OWN = prefix(a_plain_job())
UPLOADED = Reference(upload_id=UPLOAD, type="style", description="this fur")


async def with_sources(job: Job) -> Workshop:
    """A job, an upload, another job's image, and an address."""
    shop = Workshop(job)
    shop.pictures.web[URL] = MASK
    await shop.images.put(upload_name("local", UPLOAD), FOX, "image/webp", token="", metadata={})
    uri = await shop.images.put("den.png", DEN, "image/png", token="", metadata={})
    den = Artifact(index=1, uri=uri, sha256="d", mime_type="image/png", width=2, height=3, bytes=len(DEN))
    shop.jobs.has(a_job_in("completed", id=OTHER_JOB, artifacts=(den,)))
    return shop


async def test_a_model_is_given_what_the_job_starts_from() -> None:
    """References in their order, then the mask; each lies among the job's own objects and stays there."""
    references = (UPLOADED, Reference(job_id=OTHER_JOB, index=1))
    shop = await with_sources(a_plain_job(references=references, mask=Source(url=URL)))
    assert await shop.deliver() == "done"
    assert shop.job.status == "completed"
    (given,) = shop.provider.given
    assert [(each.data, each.role, each.type, each.description) for each in given] == [
        (FOX, "reference", "style", "this fur"), (DEN, "reference", "raw", None), (MASK, "mask", "raw", None),
    ]  # fmt: skip
    assert [each.uri for each in shop.job.inputs] == [each.uri for each in given]
    kept = [name for name in shop.names() if "_input_" in name]
    assert kept == [f"{OWN}input_{at}_{each.sha256[:12]}.png" for at, each in enumerate(shop.job.inputs)]
    assert [shop.images.objects[name].data for name in kept] == [FOX, DEN, MASK]


async def test_a_later_attempt_starts_from_the_same_pictures() -> None:
    """Though the upload has expired, the other job's image is gone, and another picture lies at the address."""
    references = (UPLOADED, Reference(job_id=OTHER_JOB, index=1), Reference(url=URL))
    shop = await with_sources(a_plain_job(references=references))

    async def meanwhile(*_: object) -> Outcome:
        del shop.images.objects[upload_name("local", UPLOAD)]
        del shop.images.objects["den.png"]
        shop.pictures.web[URL] = FOX
        raise ProviderError("TEMPORARY", "busy", "busy")

    shop.provider.then(meanwhile)
    await shop.deliver()
    assert (shop.job.status, shop.job.attempt_count) == ("completed", 2)
    assert shop.provider.given[0] == shop.provider.given[1]
    assert shop.pictures.fetched == [URL]


@pytest.mark.parametrize(
    "source",
    [
        Reference(upload_id="x" * 26),
        Reference(job_id=OTHER_JOB, index=0),
        Reference(job_id="c" * 26, index=1),
        Reference(job_id="d" * 26, index=1),
        Reference(job_id="no id"),
        Reference(url="https://pictures.test/none"),
    ],
)
async def test_a_picture_that_is_not_there_ends_the_job(source: Reference) -> None:
    """An upload that never came, no such image, another tenant's or a deleted job's: nothing is tried or paid."""
    shop = await with_sources(a_plain_job(references=(UPLOADED, source)))
    den = shop.jobs.job(OTHER_JOB)
    shop.jobs.has(msgspec.structs.replace(den, id="c" * 26, tenant="another"))
    shop.jobs.has(msgspec.structs.replace(den, id="d" * 26, deleted_at=NOON))
    await shop.deliver()
    failure = shop.job.failure
    assert failure is not None
    assert (failure.type, failure.code, failure.stage) == ("PERMANENT", "input_not_found", "validating")
    assert (failure.billed, shop.job.spend, shop.provider.calls) == ("no", (), [])


@pytest.mark.parametrize(
    ("data", "code"), [(b"<html>", "input_not_an_image"), (FOX + b"x" * MAX_INPUT_BYTES, "input_too_large")]
)
async def test_what_cannot_be_a_reference_ends_the_job(data: bytes, code: str) -> None:
    """It says which one, and what is wrong with it."""
    shop = await with_sources(a_plain_job(references=(UPLOADED,)))
    await shop.images.put(upload_name("local", UPLOAD), data, "image/png", token="later", metadata={})  # noqa: S106
    await shop.deliver()
    failure = shop.job.failure
    assert failure is not None
    assert (failure.type, failure.code) == ("PERMANENT", code)
    assert f"upload {UPLOAD}" in failure.message


async def test_what_may_pass_is_tried_again() -> None:
    """An address that does not answer, or a bucket."""
    shop = await with_sources(a_plain_job(references=(UPLOADED, Reference(url=URL))))
    shop.pictures.failures.refuse("fetch", InputError("TEMPORARY", "input_not_found", "timed out"))
    await shop.deliver()
    assert (shop.job.status, shop.job.attempt_count) == ("completed", 2)


async def test_a_hiccup_here_does_not_forget_an_operation() -> None:
    """Which is under way, and paid: the next attempt asks for it."""
    kept = Input(uri="gs://fake-bucket/kept.png", sha256="k", mime_type="image/png")
    shop = await with_sources(
        a_plain_job(
            references=(UPLOADED,),
            inputs=(kept,),
            provider_operation="op-1",
            spend=(Spend(attempt=1, estimated_micros=7),),
        )
    )
    await shop.images.put("kept.png", DEN, "image/png", token="", metadata={})
    shop.images.failures.refuse("get", ImageStoreError("TEMPORARY", "store_unavailable", "busy"))
    await shop.deliver()
    assert (shop.job.status, len(shop.job.spend)) == ("completed", 1)
    assert [call.provider_operation for call in shop.provider.calls] == ["op-1"]
    assert [given.data for given in shop.provider.given[0]] == [DEN]


async def test_equal_prompts_with_other_pictures_are_other_pixels() -> None:
    """What is shared is told by the bytes, wherever they come from."""
    keys = []
    for source in (UPLOADED, Reference(job_id=OTHER_JOB, index=1), Reference(url=URL)):
        shop = await with_sources(a_plain_job(references=(source,)))
        shop.pictures.web[URL] = DEN
        await shop.deliver()
        keys.append(render_id(shop.job))
    assert keys[0] != keys[1] == keys[2] != render_id(a_plain_job())


async def test_a_copy_of_equal_pixels_is_found_by_the_pictures() -> None:
    """The second job with the same reference calls no model, and has a copy of the reference of its own."""
    shop = await with_sources(a_plain_job(cache="reuse", references=(UPLOADED,)))
    second = a_plain_job(id="c" * 26, cache="reuse", references=(UPLOADED,))
    shop.jobs.has(second)
    await shop.deliver()
    await shop.deliver(second.id)
    assert (len(shop.provider.calls), shop.jobs.job(second.id).cached) == (1, True)
    assert shop.jobs.job(second.id).inputs[0].uri != shop.job.inputs[0].uri


async def test_who_takes_over_cleans_up_and_keeps_them() -> None:
    """What its predecessor had left goes; a deleted job's pictures go with it, and the upload stays."""
    shop = await with_sources(a_plain_job(references=(UPLOADED,), attempt_count=1, took_over=True))
    await shop.images.put(f"{OWN}input_0_old.png", DEN, "image/png", token="dead", metadata={})  # noqa: S106
    await shop.deliver()
    assert [name for name in shop.names() if "_input_" in name] == [shop.job.inputs[0].uri.split("/", 3)[3]]
    shop.jobs.change(JOB_ID, lambda job: delete(job, shop.clock.now()))
    await shop.swept()
    assert [name for name in shop.names() if name.startswith(OWN)] == []
    assert (shop.job.inputs, upload_name("local", UPLOAD) in shop.names()) == ((), True)
