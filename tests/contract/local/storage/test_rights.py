"""What the signers of URLs may do."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from google.cloud import storage
from google.oauth2 import service_account

from tests.processes import RunningCloud

Grant = Callable[..., None]


@pytest.fixture
def grant(own_cloud: RunningCloud, signer: service_account.Credentials) -> Iterator[Grant]:
    """Gives the signer rights, and nobody else any; afterwards all have all again."""
    rights = f"{own_cloud.environment['LOCAL_CLOUD_CONTROL']}/storage/rights"

    def given(*permissions: str, prefix: str = "") -> None:
        entry = {"permissions": [f"storage.objects.{name}" for name in permissions], "prefix": prefix}
        httpx.put(rights, json={signer.service_account_email: [entry]}).raise_for_status()

    yield given
    httpx.delete(rights).raise_for_status()


def url(blob: storage.Blob, signer: service_account.Credentials, method: str) -> str:
    """A signed URL of the object."""
    signed: str = blob.generate_signed_url(
        version="v4", expiration=timedelta(days=2), method=method, credentials=signer
    )
    return signed


def test_a_signer_needs_the_right_of_the_method(
    bucket: storage.Bucket, signer: service_account.Credentials, grant: Grant
) -> None:
    """Reading, creating and deleting are rights of their own; the refusal names what lacks."""
    blob = bucket.blob("a")
    blob.upload_from_string(b"x")
    grant("get")
    assert httpx.get(url(blob, signer, "GET")).status_code == 200
    refused = httpx.delete(url(blob, signer, "DELETE"))
    assert refused.status_code == 403
    assert "<Code>AccessDenied</Code>" in refused.text
    assert f"{signer.service_account_email} does not have storage.objects.delete" in refused.text
    grant("delete")
    assert httpx.get(url(blob, signer, "GET")).status_code == 403


def test_replacing_needs_the_right_to_delete(
    bucket: storage.Bucket, signer: service_account.Credentials, grant: Grant
) -> None:
    """A creator may store new objects, and no others."""
    grant("create")
    target = url(bucket.blob("a"), signer, "PUT")
    assert httpx.put(target, content=b"1").status_code == 200
    assert httpx.put(target, content=b"2").status_code == 403
    grant("create", "delete")
    assert httpx.put(target, content=b"2").status_code == 200


def test_a_right_ends_at_its_prefix(bucket: storage.Bucket, signer: service_account.Credentials, grant: Grant) -> None:
    """Objects outside are refused."""
    grant("create", prefix=f"{bucket.name}/uploads/")
    assert httpx.put(url(bucket.blob("uploads/a"), signer, "PUT"), content=b"1").status_code == 200
    assert httpx.put(url(bucket.blob("images/a"), signer, "PUT"), content=b"1").status_code == 403


def test_a_table_of_rights_that_is_none_is_refused(own_cloud: RunningCloud) -> None:
    """A misspelt field is named; the table can be read."""
    rights = f"{own_cloud.environment['LOCAL_CLOUD_CONTROL']}/storage/rights"
    answer = httpx.put(rights, json={"a@b": [{"permisions": []}]})
    assert (answer.status_code, "permisions" in answer.text) == (400, True)
    assert httpx.get(rights).json() is None
