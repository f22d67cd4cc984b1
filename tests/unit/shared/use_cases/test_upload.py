"""The exact bytes go to the bucket."""

import asyncio

import pytest

from shared.domain.errors import ImageStoreError
from shared.domain.job import Spend
from shared.domain.placement import prefix
from shared.ports import Processed
from shared.use_cases.prepare import hashed
from shared.use_cases.upload import upload
from tests.builders import a_job_in, a_picture
from tests.fakes.image_store import FakeImageStore
from tests.unit.shared.use_cases.workshop import Workshop, a_plain_job

JOB = a_job_in("uploading", spend=(Spend(attempt=1, estimated_micros=1, actual_micros=7),))


async def test_every_picture_is_stored_with_its_token_and_metadata() -> None:
    """Without a single byte changed; an operator sees what it is without its prompt."""
    images = FakeImageStore()
    (artifact,) = await upload(images, JOB, [await hashed(Processed(image=a_picture(seed=4)))], "token")
    stored = images.objects[artifact.uri.removeprefix("gs://fake-bucket/")]
    assert (stored.data, stored.mime_type, stored.token) == (a_picture(seed=4).data, "image/png", "token")
    assert (stored.metadata["job_id"], stored.metadata["cost_micros"], stored.metadata["seed"]) == (JOB.id, "7", "4")
    assert JOB.prompt not in stored.metadata.values()


async def test_equal_pictures_have_places_of_their_own() -> None:
    """The index is in the name."""
    images = FakeImageStore()
    artifacts = await upload(images, JOB, [await hashed(Processed(image=a_picture()))] * 3, "token")
    assert [artifact.index for artifact in artifacts] == [0, 1, 2]
    assert len({artifact.uri for artifact in artifacts}) == 3


async def test_nothing_is_under_way_when_a_failure_is_told() -> None:
    """The others have ended, too: no upload outlives its attempt."""
    images = FakeImageStore()
    before = asyncio.all_tasks()
    images.failures.refuse("put", ImageStoreError("TEMPORARY", "store_unavailable", "Down."))
    ready = [await hashed(Processed(image=a_picture(seed))) for seed in (1, 2)]
    with pytest.raises(ImageStoreError):
        await upload(images, JOB, ready, "token")
    assert asyncio.all_tasks() == before
    assert len(images.objects) == 3


async def test_a_repeat_stores_nothing_twice() -> None:
    """Same token, same names: same objects."""
    images = FakeImageStore()
    ready = [await hashed(Processed(image=a_picture(), original=a_picture(1), thumbnail=a_picture(2)))]
    first = await upload(images, JOB, ready, "token")
    generations = {name: stored.generation for name, stored in images.objects.items()}
    assert await upload(images, JOB, ready, "token") == first
    assert {name: stored.generation for name, stored in images.objects.items()} == generations


async def test_what_lies_beside_an_image_is_stored_beside_it() -> None:
    """The provider's exact bytes and the thumbnail, under names of their own that say what they are."""
    images = FakeImageStore()
    processed = Processed(image=a_picture(1), original=a_picture(2), thumbnail=a_picture(3))
    (artifact,) = await upload(images, JOB, [await hashed(processed)], "token")
    assert list(artifact.stored) == ["image", "original", "thumbnail"]
    for number, stored in enumerate(artifact.stored.values(), 1):
        name = stored.uri.removeprefix("gs://fake-bucket/")
        assert images.objects[name].data == a_picture(number).data
        assert images.objects[name].metadata["sha256"] == stored.sha256
        ending = ("", "_original", "_thumbnail")[number - 1]
        assert name == f"{prefix(JOB)}0_{stored.sha256[:12]}{ending}.png"
    assert len(images.objects) == 4  # with one sidecar


async def test_a_bucket_that_stumbles_makes_nothing_be_processed_again() -> None:
    """Only the storing is repeated."""
    shop = Workshop(a_plain_job(mime_type="image/webp", thumbnail=True, n=2))
    shop.images.failures.refuse("put", ImageStoreError("TEMPORARY", "store_unavailable", "Down."))
    await shop.deliver()
    assert (shop.job.status, len(shop.processor.processed), len(shop.provider.calls)) == ("completed", 2, 1)
    assert len(shop.names()) == 8  # of each an image, its sidecar, its original and its thumbnail
