"""UploadSigner: the fake, and V4 signatures, held against Google's own and against Cloud Storage."""

from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError
from google.cloud import storage
from google.cloud.storage._signing import generate_signed_url_v4
from google.oauth2 import service_account

from shared.config import Settings
from shared.domain.errors import Unavailable
from shared.domain.uploads import Upload, UploadRequest
from shared.gcp import signing
from shared.gcp.upload_signer import V4UploadSigner, upload_signer_of
from shared.ports.uploads import UploadSigner
from shared.use_cases.start_upload import StartUpload
from tests.builders import a_caller, image_bytes
from tests.fakes.clock import FakeClock
from tests.fakes.upload_key_store import FakeUploadKeyStore
from tests.fakes.upload_signer import FakeUploadSigner
from tests.processes import RunningCloud

DATA = image_bytes()
NAME = "inputs/a tenant/ü~(1)"
QUARTER = timedelta(minutes=15)
Send = Callable[[str, Mapping[str, str], bytes, datetime], Awaitable[bool]]


@dataclass(frozen=True)
class World:
    """A signer, and a client that sends; at what time does not matter to the real one, which has a clock of its own."""

    signer: UploadSigner
    send: Send


class UploadSignerSuite:
    """To be inherited with a fixture `world`."""

    async def test_an_address_takes_what_was_signed(self, world: World) -> None:
        """With exactly those headers."""
        now = datetime.now(UTC)
        headers = {"Content-Type": "image/png"}
        url = await world.signer.put_url(NAME, headers, now, QUARTER)
        assert await world.send(url, headers, DATA, now)

    async def test_an_address_refuses_other_headers(self, world: World) -> None:
        """The type is bound."""
        now = datetime.now(UTC)
        url = await world.signer.put_url(NAME, {"Content-Type": "image/png"}, now, QUARTER)
        assert not await world.send(url, {"Content-Type": "text/html"}, DATA, now)

    async def test_an_address_expires(self, world: World) -> None:
        """After its lifetime, to the second."""
        now = datetime.now(UTC)
        url = await world.signer.put_url(NAME, {}, now - QUARTER, QUARTER)
        assert not await world.send(url, {}, DATA, now)


class TestFake(UploadSignerSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        signer = FakeUploadSigner()

        async def send(url: str, headers: Mapping[str, str], data: bytes, now: datetime) -> bool:
            return signer.send(url, headers, data, now)

        return World(signer, send)


class TestV4(UploadSignerSuite):
    """The real one."""

    @pytest.fixture
    def bucket(self, deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch) -> Any:
        """A bucket of the project's name."""
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", deployed_cloud.host("storage"))
        monkeypatch.setenv("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        with storage.Client(project=project, credentials=AnonymousCredentials()) as client:
            yield client.create_bucket(project)

    @pytest.fixture
    def signer(self, deployed_cloud: RunningCloud, bucket: Any) -> V4UploadSigner:
        """As a deployment's settings give it."""
        return upload_signer_of(
            Settings(
                gcs_bucket_name=bucket.name,
                storage_emulator_host=deployed_cloud.host("storage"),
                local_signer_key=deployed_cloud.environment["LOCAL_SIGNER_KEY"],
            )
        )

    @pytest.fixture
    async def world(self, signer: V4UploadSigner) -> AsyncIterator[World]:
        """HTTP without credentials."""
        async with httpx.AsyncClient() as http:

            async def send(url: str, headers: Mapping[str, str], data: bytes, _: datetime) -> bool:
                return (await http.put(url, content=data, headers=dict(headers))).is_success

            yield World(signer, send)

    async def test_it_signs_as_google_s_own_client_does(self, deployed_cloud: RunningCloud) -> None:
        """The same address, byte for byte: name, headers and order are canonical."""
        key = deployed_cloud.environment["LOCAL_SIGNER_KEY"]
        headers = {"x-goog-meta-b": " two   words ", "Content-Type": "image/png", "x-goog-content-length-range": "1,2"}
        moment = datetime(2026, 11, 21, 12, 0, 5, tzinfo=UTC)
        ours = await V4UploadSigner("bucket", signer_key=key).put_url(NAME, headers, moment, QUARTER)
        theirs = generate_signed_url_v4(
            service_account.Credentials.from_service_account_file(key),
            resource="/bucket/inputs/a%20tenant/%C3%BC~%281%29",
            expiration=QUARTER,
            method="PUT",
            headers=dict(headers),
            _request_timestamp="20261121T120005Z",
        )
        assert ours == theirs

    async def test_an_upload_is_stored_once(self, signer: V4UploadSigner, bucket: Any) -> None:
        """As it was announced; a second one is refused."""
        upload = await started(signer, UploadRequest(mime_type="image/png", bytes=len(DATA)))
        assert (await sent(upload, DATA)).status_code == 200
        assert (await sent(upload, DATA)).status_code == 412
        stored = bucket.get_blob(f"inputs/local/{upload.id}")
        assert (stored.content_type, stored.download_as_bytes()) == ("image/png", DATA)

    async def test_an_upload_is_held_to_what_was_announced(self, signer: V4UploadSigner, bucket: Any) -> None:
        """One byte more or less, another type and other bytes of the same size are refused; nothing is stored."""
        digest = b64encode(md5(DATA).digest()).decode()  # noqa: S324 - what Content-MD5 is
        upload = await started(signer, UploadRequest(mime_type="image/png", bytes=len(DATA), md5=digest))
        assert (await sent(upload, DATA[:-1])).status_code == 400
        assert (await sent(upload, DATA + b"x")).status_code == 400
        assert (await sent(upload, b"x" * len(DATA))).status_code == 400
        assert (await sent(upload, DATA, **{"Content-Type": "image/webp"})).status_code == 403
        assert bucket.get_blob(f"inputs/local/{upload.id}") is None
        assert (await sent(upload, DATA)).status_code == 200

    async def test_a_key_file_of_the_user_s_own_signs(
        self, deployed_cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where Google's libraries find one, by itself, and as the same account."""
        key = deployed_cloud.environment["LOCAL_SIGNER_KEY"]
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", key)
        signing._default.cache_clear()  # noqa: SLF001 - another test may have found others
        now = datetime.now(UTC)
        found = await V4UploadSigner("bucket").put_url(NAME, {}, now, QUARTER)
        assert found == await V4UploadSigner("bucket", signer_key=key).put_url(NAME, {}, now, QUARTER)
        signing._default.cache_clear()  # noqa: SLF001 - for other tests

    async def test_without_a_key_file_there_must_be_credentials(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """503, with a hint; the cause is in the logs."""
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
        signing._default.cache_clear()  # noqa: SLF001 - another test may have found some
        with pytest.raises(Unavailable) as refusal:
            await V4UploadSigner("bucket").put_url(NAME, {}, datetime.now(UTC), QUARTER)
        assert refusal.value.code == "uploads_not_signed"
        assert isinstance(refusal.value.__cause__, DefaultCredentialsError)


async def started(signer: UploadSigner, request: UploadRequest) -> Upload:
    """Where a client is told to send it."""
    upload, _ = await StartUpload(signer, FakeUploadKeyStore(), FakeClock(datetime.now(UTC)))(request, a_caller())
    return upload


async def sent(upload: Upload, data: bytes, **instead: str) -> httpx.Response:
    """What comes of sending it as told, with other headers `instead`."""
    async with httpx.AsyncClient() as http:
        return await http.request(upload.method, upload.upload_url, content=data, headers=upload.headers | instead)
