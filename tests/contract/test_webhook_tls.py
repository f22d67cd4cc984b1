"""Webhooks over TLS: the certificate is that of the name, though the checked address is asked."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.clock import SystemClock
from shared.webhook_sender import HttpWebhookSender
from tests.fakes.http_server import Answer, HttpServer

NAME = "receiver.test"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of NAME that it signed itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file: Path = tmp_path_factory.mktemp("tls") / "receiver.pem"
    file.write_bytes(made.public_bytes(pem) + private)
    return file


@pytest.fixture
def receiver(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpServer]:
    """A server on TLS; every name leads to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def look_up(_: str, port: int, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    server = HttpServer(lambda _: Answer(204))
    server.encrypt(context)
    with server.running():
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        yield server


async def _sent(url: str) -> Any:
    sender = HttpWebhookSender(("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",), SystemClock(), allow_private=True)
    return await sender.send(url, "evt_a_2", "{}")


async def test_a_certificate_of_the_name_is_taken(
    receiver: HttpServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its issuer is trusted."""
    monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    result = await _sent(f"https://{NAME}:{receiver.port}/hook")
    assert (result.status, result.error) == (204, "")
    assert receiver.asked[0].headers["host"] == f"{NAME}:{receiver.port}"


async def test_a_certificate_of_another_name_is_not(
    receiver: HttpServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers at the address is not the host."""
    monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    result = await _sent(f"https://another.test:{receiver.port}/hook")
    assert result.status is None
    assert "Hostname mismatch" in result.error
    assert receiver.asked == []


async def test_a_connection_to_one_host_serves_no_other(
    receiver: HttpServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two names at one address: the second's certificate is checked too."""
    monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    sender = HttpWebhookSender(("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",), SystemClock(), allow_private=True)
    assert (await sender.send(f"https://{NAME}:{receiver.port}/", "evt_a_2", "{}")).status == 204
    assert (await sender.send(f"https://another.test:{receiver.port}/", "evt_a_3", "{}")).status is None


async def test_a_certificate_that_nobody_vouches_for_is_not(receiver: HttpServer) -> None:
    """As any browser would have it."""
    result = await _sent(f"https://{NAME}:{receiver.port}/hook")
    assert result.status is None
    assert "self-signed" in result.error or "self signed" in result.error
