"""ImageStore: the fake, and Cloud Storage over the wire."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from shared.domain.errors import FailureType, ImageStoreError
from shared.gcp.image_store import CloudStorageImageStore
from shared.ports import ImageStore, StoredObject
from tests.builders import image_bytes
from tests.fakes.image_store import FakeImageStore
from tests.processes import RunningCloud

ONE, OTHER = image_bytes(1), image_bytes(2)
NAME = "project_p/branch_main/scene_s/image_ä 1_0.png"


@dataclass(frozen=True)
class World:
    """An ImageStore, and a browser."""

    images: ImageStore
    opened: Callable[[str], Awaitable[bytes]]


class ImageStoreSuite:
    """To be inherited with a fixture `world`."""

    @pytest.fixture
    def images(self, world: World) -> ImageStore:
        """The store alone."""
        return world.images

    async def test_what_is_put_can_be_got(self, images: ImageStore) -> None:
        """Byte for byte, at the URI that was given."""
        uri = await put(images, ONE)
        assert uri == images.uri(NAME)
        assert uri.startswith("gs://")
        assert uri.endswith(f"/{NAME}")
        assert await images.get(uri) == ONE

    async def test_there_is_nothing_where_nothing_was_put(self, images: ImageStore) -> None:
        """None, not an error."""
        uri = await put(images, ONE)
        assert await images.get(uri + "x") is None

    async def test_an_upload_repeated_is_there_already(self, images: ImageStore) -> None:
        """Of the same token: the object is not written again."""
        first = await put(images, ONE)
        (before,) = await images.list_objects(NAME)
        assert await put(images, ONE) == first
        assert await images.list_objects(NAME) == [before]

    async def test_another_s_object_is_replaced(self, images: ImageStore) -> None:
        """The holder's bytes count, not those of one that lost its lease."""
        uri = await put(images, ONE, token="dead")  # noqa: S106 - a lease's token
        (before,) = await images.list_objects(NAME)
        await put(images, OTHER, token="holder")  # noqa: S106 - likewise
        (after,) = await images.list_objects(NAME)
        assert await images.get(uri) == OTHER
        assert after.token == "holder"  # noqa: S105 - likewise
        assert after.generation != before.generation

    async def test_uploads_at_once_leave_one_whole_object(self, images: ImageStore) -> None:
        """Of one of them."""
        puts = [put(images, data, token=token) for data, token in ((ONE, "a"), (OTHER, "b"))]
        await asyncio.gather(*puts)
        (found,) = await images.list_objects(NAME)
        expected = {"a": ONE, "b": OTHER}
        assert await images.get(await put(images, ONE, token=found.token or "")) == expected[found.token or ""]

    async def test_a_listing_shows_what_begins_with_the_prefix(self, images: ImageStore) -> None:
        """With the token of its writer, and nothing else."""
        for name in ("a/1", "a/2", "ab", "b/1"):
            await put(images, ONE, name=name, token=f"token of {name}")
        found = await images.list_objects("a/")
        assert [(each.name, each.token) for each in found] == [("a/1", "token of a/1"), ("a/2", "token of a/2")]
        assert await images.list_objects("c") == []

    async def test_a_delete_removes_the_object_that_was_listed(self, images: ImageStore) -> None:
        """Once; a second time is no error."""
        uri = await put(images, ONE)
        (found,) = await images.list_objects(NAME)
        await images.delete(found)
        await images.delete(found)
        assert await images.get(uri) is None

    async def test_a_delete_leaves_a_later_generation(self, images: ImageStore) -> None:
        """Who lists and then deletes never deletes what was written in between."""
        uri = await put(images, ONE, token="dead")  # noqa: S106 - a lease's token
        (found,) = await images.list_objects(NAME)
        await put(images, OTHER, token="holder")  # noqa: S106 - likewise
        await images.delete(found)
        assert await images.get(uri) == OTHER

    async def test_a_copy_has_the_same_bytes_and_another_owner(self, images: ImageStore) -> None:
        """The original stays."""
        uri = await put(images, ONE)
        copied = await images.copy(uri, "copy.png", token="follower", metadata={})  # noqa: S106 - a lease's token
        assert copied is not None
        assert copied.endswith("/copy.png")
        assert [await images.get(each) for each in (uri, copied)] == [ONE, ONE]
        assert [found.token for found in await images.list_objects("copy")] == ["follower"]

    async def test_there_is_nothing_to_copy_where_nothing_is(self, images: ImageStore) -> None:
        """None, and no object."""
        uri = await put(images, ONE)
        assert await images.copy(uri + "x", "copy.png", token="t", metadata={}) is None  # noqa: S106 - likewise
        assert await images.list_objects("copy") == []

    async def test_a_copy_is_taken_as_a_put_is(self, images: ImageStore) -> None:
        """Its own repeat is there already, another's object is replaced."""
        uri = await put(images, ONE)
        await put(images, OTHER, name="copy.png", token="dead")  # noqa: S106 - likewise
        for _ in range(2):
            copied = await images.copy(uri, "copy.png", token="t", metadata={})  # noqa: S106 - likewise
            assert copied is not None
            assert await images.get(copied) == ONE

    async def test_a_signed_url_opens_the_object(self, world: World) -> None:
        """Without credentials, under its own name or another."""
        uri = await put(world.images, ONE)
        assert await world.opened(await world.images.signed_url(uri, seconds=60)) == ONE
        assert await world.opened(await world.images.signed_url(uri, seconds=60, download_as="fox.png")) == ONE


async def put(images: ImageStore, data: bytes, name: str = NAME, token: str = "holder") -> str:  # noqa: S107 - likewise
    """Put it, as PNG."""
    return await images.put(name, data, "image/png", token=token, metadata={"job_id": "j", "prompt": "ä"})


class TestFake(ImageStoreSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        images = FakeImageStore()

        async def opened(url: str) -> bytes:
            return images.open_url(url)

        return World(images, opened)


class TestCloudStorage(ImageStoreSuite):
    """The real one."""

    @pytest.fixture
    def gcs(self, deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        """Google's client, with a bucket of the project's name."""
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", deployed_cloud.host("storage"))
        monkeypatch.setenv("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        client = storage.Client(project=project, credentials=AnonymousCredentials())
        client.create_bucket(project)
        yield client
        client.close()

    @pytest.fixture
    async def world(self, deployed_cloud: RunningCloud, gcs: Any, project: str) -> AsyncIterator[World]:
        """With the key file that signs URLs locally, and HTTP without credentials."""
        async with httpx.AsyncClient() as http:

            async def opened(url: str) -> bytes:
                answer = (await http.get(url)).raise_for_status()
                assert answer.headers["content-type"] == "image/png"
                return answer.content

            signer = deployed_cloud.environment["LOCAL_SIGNER_KEY"]
            yield World(CloudStorageImageStore(lambda: gcs, project, signer_key=signer), opened)

    async def test_type_and_metadata_are_stored(self, images: ImageStore, gcs: Any, project: str) -> None:
        """A browser shows it, and an operator sees what it is; a copy keeps the type."""
        uri = await put(images, ONE)
        await images.copy(uri, "copy", token="t", metadata={"a": "b"})  # noqa: S106 - a lease's token
        original, copied = (gcs.bucket(project).get_blob(name) for name in (NAME, "copy"))
        assert original.content_type == copied.content_type == "image/png"
        assert original.metadata == {"job_id": "j", "prompt": "ä", "lease_token": "holder"}
        assert copied.metadata == {"a": "b", "lease_token": "t"}

    async def test_a_download_has_the_name_asked_for(self, images: ImageStore) -> None:
        """The browser saves it under that name."""
        url = await images.signed_url(await put(images, ONE), seconds=60, download_as="fox.png")
        async with httpx.AsyncClient() as http:
            answer = await http.get(url)
        assert answer.headers["content-disposition"] == 'attachment; filename="fox.png"'

    async def test_a_link_is_signed_once_in_half_its_life(self, images: ImageStore) -> None:
        """Deployed, each is a call of IAM; one for another name is another link."""
        uri = await put(images, ONE)
        url = await images.signed_url(uri, seconds=60)
        assert await images.signed_url(uri, seconds=60) == url
        assert await images.signed_url(uri, seconds=60, download_as="fox.png") != url

    async def test_a_link_that_must_be_new_is_signed_anew(self, images: ImageStore) -> None:
        """It is good from then on: within a second it says so, by its date."""
        uri = await put(images, ONE)
        url = await images.signed_url(uri, seconds=60)
        async with asyncio.timeout(60):
            while (new := await images.signed_url(uri, seconds=60, anew=True)) == url:
                pass
        assert await images.signed_url(uri, seconds=60) == new

    async def test_a_url_that_was_tampered_with_opens_nothing(self, images: ImageStore) -> None:
        """The signature covers the object's name."""
        url = await images.signed_url(await put(images, ONE), seconds=60)
        async with httpx.AsyncClient() as http:
            assert (await http.get(url.replace("scene_s", "scene_t"))).status_code == 403

    @pytest.mark.parametrize("method", ["objects.insert", "*"])
    async def test_an_upload_whose_answer_was_lost_is_there(
        self, images: ImageStore, deployed_cloud: RunningCloud, method: str
    ) -> None:
        """The client repeats it, meets its own object, and takes it as its own."""
        with deployed_cloud.control.fault("storage", method, effect="lose_response", count=1):
            uri = await put(images, ONE)
        assert await images.get(uri) == ONE

    @pytest.mark.parametrize(
        ("status", "kind", "code"),
        [
            ("PERMISSION_DENIED", "AUTH_ERROR", "store_forbidden"),
            ("INVALID_ARGUMENT", "PERMANENT", "store_refused"),
        ],
    )
    async def test_a_refusal_says_what_kind_it_is(
        self, images: ImageStore, deployed_cloud: RunningCloud, status: str, kind: FailureType, code: str
    ) -> None:
        """In our words, with theirs behind."""
        for call in (
            lambda: put(images, ONE),
            lambda: images.get("gs://b/x"),
            lambda: images.list_objects("x"),
            lambda: images.delete(StoredObject("x", 1, None)),
        ):
            with deployed_cloud.control.fault("storage", code=status), pytest.raises(ImageStoreError) as refusal:
                await call()
            assert (refusal.value.kind, refusal.value.code) == (kind, code)
            assert refusal.value.__cause__ is not None

    async def test_a_bucket_that_is_not_there_is_said(self, gcs: Any) -> None:
        """No other try will help."""
        images = CloudStorageImageStore(lambda: gcs, "no-such-bucket")
        with pytest.raises(ImageStoreError) as refusal:
            await put(images, ONE)
        assert (refusal.value.kind, refusal.value.code) == ("PERMANENT", "bucket_not_found")
