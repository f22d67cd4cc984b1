"""A local Cloud Storage, and Google's client on it."""

from collections.abc import Iterator

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.oauth2 import service_account

from tests.processes import RunningCloud, local_cloud


@pytest.fixture(scope="package")
def own_cloud() -> Iterator[RunningCloud]:
    """Cloud Storage alone: its clock and its table of rights are these tests' own."""
    with local_cloud("--services", "storage") as running:
        yield running


@pytest.fixture
def address(own_cloud: RunningCloud) -> str:
    """Where Cloud Storage is: `http://host:port`."""
    return own_cloud.host("storage")


@pytest.fixture
def client(address: str, project: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[storage.Client]:
    """Google's client of a project of its own."""
    # Else the client asks for the bucket's metadata behind the test's back.
    monkeypatch.setenv("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
    client = storage.Client(
        project=project, credentials=AnonymousCredentials(), client_options={"api_endpoint": address}
    )
    yield client
    client.close()


@pytest.fixture
def bucket(client: storage.Client, project: str) -> storage.Bucket:
    """A new bucket of the project's name."""
    return client.create_bucket(project)


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    """Plain HTTP, without any credentials."""
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture
def signer(own_cloud: RunningCloud) -> service_account.Credentials:
    """The credentials of the key file that the local cloud offers."""
    return service_account.Credentials.from_service_account_file(own_cloud.environment["LOCAL_SIGNER_KEY"])
