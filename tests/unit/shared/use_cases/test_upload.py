"""The exact bytes go to the bucket."""

import asyncio

import pytest

from shared.domain.errors import ImageStoreError
from shared.domain.job import Spend
from shared.ports import Outcome
from shared.use_cases.upload import upload
from tests.builders import a_job_in, a_picture
from tests.fakes.image_store import FakeImageStore

JOB = a_job_in("uploading", spend=(Spend(attempt=1, estimated_micros=1, actual_micros=7),))


async def test_every_picture_is_stored_with_its_token_and_metadata() -> None:
    """Without a single byte changed; an operator sees what it is without its prompt."""
    images = FakeImageStore()
    (artifact,) = await upload(images, JOB, Outcome(pictures=(a_picture(seed=4),), cost_micros=7), "token")
    stored = images.objects[artifact.uri.removeprefix("gs://fake-bucket/")]
    assert (stored.data, stored.mime_type, stored.token) == (a_picture(seed=4).data, "image/png", "token")
    assert (stored.metadata["job_id"], stored.metadata["cost_micros"], stored.metadata["seed"]) == (JOB.id, "7", "4")
    assert JOB.prompt not in stored.metadata.values()


async def test_equal_pictures_have_places_of_their_own() -> None:
    """The index is in the name."""
    images = FakeImageStore()
    artifacts = await upload(images, JOB, Outcome(pictures=(a_picture(),) * 3, cost_micros=7), "token")
    assert [artifact.index for artifact in artifacts] == [0, 1, 2]
    assert len({artifact.uri for artifact in artifacts}) == 3


async def test_nothing_is_under_way_when_a_failure_is_told() -> None:
    """The others have ended, too: no upload outlives its attempt."""
    images = FakeImageStore()
    before = asyncio.all_tasks()
    images.failures.refuse("put", ImageStoreError("TEMPORARY", "store_unavailable", "Down."))
    with pytest.raises(ImageStoreError):
        await upload(images, JOB, Outcome(pictures=(a_picture(1), a_picture(2)), cost_micros=7), "token")
    assert asyncio.all_tasks() == before
    assert len(images.objects) == 3


async def test_a_repeat_stores_nothing_twice() -> None:
    """Same token, same names: same objects."""
    images = FakeImageStore()
    outcome = Outcome(pictures=(a_picture(),), cost_micros=7)
    first = await upload(images, JOB, outcome, "token")
    generations = {name: stored.generation for name, stored in images.objects.items()}
    assert await upload(images, JOB, outcome, "token") == first
    assert {name: stored.generation for name, stored in images.objects.items()} == generations
