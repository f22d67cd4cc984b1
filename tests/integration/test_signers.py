"""An address that a function signed opens what that function itself may do, and nothing else."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from google.oauth2 import service_account

from infra.local.signer import email_of, key_of
from tests.integration.inside import Inside
from tests.stack import RunningStack

STORED = "tenants/local/jobs/signers/image"
TAKEN, NEW = "inputs/local/taken", "inputs/local/new"
A_DAY = timedelta(days=1)  # the local cloud is ahead by what other tests moved its clock


@pytest.mark.parametrize(
    ("function", "method", "name", "status"),
    [
        ("status", "GET", STORED, 200),
        ("status", "PUT", STORED, 403),
        ("status", "PUT", NEW, 403),
        ("submit", "PUT", NEW, 200),
        ("submit", "PUT", TAKEN, 403),
        ("submit", "PUT", STORED, 403),
        ("submit", "GET", STORED, 403),
        ("openai", "GET", STORED, 200),
        ("openai", "PUT", NEW, 200),
        ("openai", "DELETE", STORED, 403),
    ],
)
def test_a_signature_is_worth_what_its_signer_may(
    *, function: str, method: str, name: str, status: int, inside: Inside, darkroom: RunningStack
) -> None:
    """Even who has submit's key in hand can neither read with it nor write anywhere but new inputs."""
    for blob in inside.bucket.list_blobs(prefix=NEW):
        blob.delete()
    for taken in (STORED, TAKEN):
        inside.bucket.blob(taken).upload_from_string(b"there")
    key = key_of(Path(darkroom.environment["LOCAL_SIGNER_KEY"]), function)
    credentials = service_account.Credentials.from_service_account_file(key)
    assert credentials.service_account_email == email_of(function)
    url = inside.bucket.blob(name).generate_signed_url(
        version="v4", expiration=A_DAY, method=method, credentials=credentials
    )
    answer = httpx.request(method, url, content=b"new" if method == "PUT" else None)
    assert answer.status_code == status, answer.text
