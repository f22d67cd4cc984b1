"""Faults of the HTTP services as a client meets them."""

import socket
import sys
from urllib.parse import urlsplit

import httpx
import pytest

from tests.processes import RunningCloud

CUT = (httpx.ReadError, httpx.RemoteProtocolError)


@pytest.fixture
def bucket(cloud: RunningCloud, project: str) -> str:
    """The address of a new bucket's upload of `lost`."""
    storage = cloud.host("storage")
    httpx.post(f"{storage}/storage/v1/b?project={project}", json={"name": project}).raise_for_status()
    return project


def test_a_reset_cuts_the_connection_before_the_effect(cloud: RunningCloud, bucket: str) -> None:
    """The client sees a connection error, and nothing was stored."""
    upload = f"{cloud.host('storage')}/upload/storage/v1/b/{bucket}/o?uploadType=media&name=lost"
    with cloud.control.fault("storage", "objects.insert", effect="reset", count=1), pytest.raises(CUT):
        httpx.post(upload, content=b"x")
    assert httpx.get(f"{cloud.host('storage')}/storage/v1/b/{bucket}/o/lost").status_code == 404


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a reset be sent there and then")
def test_a_reset_is_one(cloud: RunningCloud, bucket: str) -> None:
    """The client's socket learns of a reset, not of an orderly end."""
    where = urlsplit(cloud.host("storage"))
    with (
        socket.create_connection((where.hostname or "", where.port or 0)) as connection,
        cloud.control.fault("storage", "buckets.get", effect="reset", count=1),
    ):
        connection.sendall(f"GET /storage/v1/b/{bucket} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_a_lost_response_cuts_the_connection_after_the_effect(cloud: RunningCloud, bucket: str) -> None:
    """The client sees a connection error, and the object is there all the same."""
    upload = f"{cloud.host('storage')}/upload/storage/v1/b/{bucket}/o?uploadType=media&name=lost"
    with cloud.control.fault("storage", "objects.insert", effect="lose_response", count=1), pytest.raises(CUT):
        httpx.post(upload, content=b"x")
    assert httpx.get(f"{cloud.host('storage')}/download/storage/v1/b/{bucket}/o/lost?alt=media").content == b"x"


def test_a_cut_leaves_other_connections_alone(cloud: RunningCloud, bucket: str) -> None:
    """Only the connection that meets the fault ends; the next request of the same client is answered."""
    with httpx.Client(base_url=cloud.host("storage")) as client:
        client.get(f"/storage/v1/b/{bucket}").raise_for_status()
        with cloud.control.fault("storage", "buckets.get", effect="reset", count=1), pytest.raises(CUT):
            client.get(f"/storage/v1/b/{bucket}")
        client.get(f"/storage/v1/b/{bucket}").raise_for_status()


def test_an_injected_error_is_answered_with_its_http_status(cloud: RunningCloud, bucket: str) -> None:
    """A fault's gRPC code becomes the status that Google's HTTP services give it."""
    with cloud.control.fault("storage", "buckets.get", code="RESOURCE_EXHAUSTED", message="too much", count=1):
        answer = httpx.get(f"{cloud.host('storage')}/storage/v1/b/{bucket}")
    assert (answer.status_code, answer.json()["error"]["message"]) == (429, "too much")
