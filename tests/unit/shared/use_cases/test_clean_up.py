"""Objects that a job does not reference."""

import msgspec
import pytest

from shared.domain.errors import LeaseLost
from shared.domain.job import Artifact, Job, StoredImage
from shared.domain.placement import prefix
from shared.use_cases.clean_up import leftovers, remove_as_holder, remove_of_ended
from tests.builders import JOB_ID, a_job_in, a_lease
from tests.fakes.clock import NOON
from tests.fakes.image_store import FakeImageStore
from tests.fakes.job_store import FakeJobStore

OWN = prefix(a_job_in("completed"))
KEPT = Artifact(
    index=0, uri=f"gs://fake-bucket/{OWN}0.png", sha256="0", mime_type="image/png", width=1, height=1, bytes=1
)


async def world(job: Job) -> tuple[FakeImageStore, FakeJobStore]:
    """A job with an image, its sidecar, a left-over of another worker; and another job's image."""
    images, jobs = FakeImageStore(), FakeJobStore()
    jobs.has(job)
    for name in ("0.png", "0.png.json", "0_old.png"):
        await images.put(OWN + name, b"x", "image/png", token=name, metadata={})
    await images.put("another's", b"x", "image/png", token="x", metadata={})  # noqa: S106 - a lease's token
    return images, jobs


async def test_what_an_ended_job_references_stays() -> None:
    """The image and its sidecar; another job's objects anyhow."""
    job = a_job_in("completed", artifacts=(KEPT,))
    images, jobs = await world(job)
    assert await remove_of_ended(images, jobs, job) == 1
    assert sorted(images.objects) == ["another's", OWN + "0.png", OWN + "0.png.json"]


async def test_what_lies_beside_an_image_stays_with_it() -> None:
    """Its original and its thumbnail are referenced, too; but not what an earlier attempt made of another one."""
    images = FakeImageStore()
    beside = {
        kind: StoredImage(
            uri=f"gs://fake-bucket/{OWN}0_{kind}.png", sha256="0", mime_type="image/png", width=1, height=1, bytes=1
        )
        for kind in ("original", "thumbnail")
    }
    job = a_job_in("completed", artifacts=(msgspec.structs.replace(KEPT, **beside),))
    for name in ("0.png", "0_original.png", "0_thumbnail.png", "0_old_thumbnail.png"):
        await images.put(OWN + name, b"x", "image/png", token=name, metadata={})
    left = leftovers(await images.list_objects(OWN), job)
    assert [thing.name for thing in left] == [OWN + "0_old_thumbnail.png"]


async def test_a_job_without_images_keeps_none() -> None:
    """Nothing of it is left."""
    job = a_job_in("failed")
    images, jobs = await world(job)
    assert await remove_of_ended(images, jobs, job) == 3
    assert sorted(images.objects) == ["another's"]


async def test_a_deleted_job_keeps_none() -> None:
    """Whatever it references."""
    job = a_job_in("completed", artifacts=(KEPT,), deleted_at=NOON)
    images, jobs = await world(job)
    assert await remove_of_ended(images, jobs, job) == 3


async def test_the_job_is_read_after_the_listing() -> None:
    """A job that was retried meanwhile is left alone, and one that completed keeps what it has now."""
    job = a_job_in("failed")
    images, jobs = await world(job)
    jobs.failures.meanwhile("get", lambda: jobs.change(JOB_ID, lambda _: a_job_in("generating")))
    assert await remove_of_ended(images, jobs, job) == 0
    done = a_job_in("completed", artifacts=(KEPT,))
    jobs.failures.meanwhile("get", lambda: jobs.change(JOB_ID, lambda _: done))
    assert await remove_of_ended(images, jobs, job) == 1


async def test_a_job_that_is_gone_is_left_alone() -> None:
    """Nobody knows what it referenced."""
    job = a_job_in("failed")
    images, jobs = await world(job)
    jobs.remove(JOB_ID)
    assert await remove_of_ended(images, jobs, job) == 0


async def test_a_holder_keeps_what_it_wrote_itself() -> None:
    """By its token."""
    job = a_job_in("uploading")
    images, jobs = await world(job)
    assert await remove_as_holder(images, jobs, job, keep="0.png") == 2
    assert sorted(images.objects) == ["another's", OWN + "0.png"]


@pytest.mark.parametrize(
    "now", [a_job_in("uploading", lease=a_lease("another's")), a_job_in("completed", artifacts=(KEPT,))]
)
async def test_a_holder_that_lost_the_job_removes_nothing(now: Job) -> None:
    """What it listed may be the images of whoever took over."""
    images, jobs = await world(a_job_in("uploading"))
    jobs.failures.meanwhile("get", lambda: jobs.change(JOB_ID, lambda _: now))
    with pytest.raises(LeaseLost):
        await remove_as_holder(images, jobs, a_job_in("uploading"))
    assert len(images.objects) == 4
