"""Identities: Google's own checks of a token, with certificates that are asked for over HTTP; and the platform's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.config import MissingSetting, Settings
from shared.domain.errors import Unavailable
from shared.gcp.identities import PlatformIdentities, SignedIdentities, identities_of
from shared.ports import Identities
from tests.fakes.google_issuer import ROBOT, Issuer
from tests.fakes.http_server import Answer, HttpServer, json_answer
from tests.fakes.identities import FakeIdentities

AUDIENCE = "https://images.test"


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    """One for all: a key takes its time."""
    return Issuer(AUDIENCE)


@pytest.fixture
def server(issuer: Issuer) -> Iterator[HttpServer]:
    """Where the certificates are."""
    answer = json_answer({"k1": issuer.certificate()}, 200, **{"Cache-Control": "public, max-age=22000"})
    with HttpServer(lambda _: answer).running() as running:
        yield running


@dataclass(frozen=True)
class World:
    """Identities, a token that proves `robot`, and what keeps them from being checked."""

    identities: Identities
    token: str
    unreachable: Callable[[], None]


class IdentitiesSuite:
    """To be inherited with a fixture `world`."""

    async def test_a_token_proves_its_address_and_another_none(self, world: World) -> None:
        """Again and again."""
        for _ in range(2):
            assert await world.identities.email(world.token) == ROBOT
            assert await world.identities.email("another") is None

    async def test_what_cannot_be_checked_now_is_said(self, world: World) -> None:
        """503, and not that the token proves nothing."""
        world.unreachable()
        with pytest.raises(Unavailable):
            await world.identities.email(world.token)


class TestFake(IdentitiesSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        fake = FakeIdentities({"token": ROBOT})
        return World(fake, "token", lambda: setattr(fake, "down", True))


class TestSigned(IdentitiesSuite):
    """Google's own check, with its certificates over HTTP."""

    @pytest.fixture
    def world(self, issuer: Issuer, server: HttpServer) -> World:
        """A server of certificates, which may fail."""
        signed = SignedIdentities(AUDIENCE, f"{server.url}/certs")
        return World(signed, issuer.token(), lambda: setattr(server, "answer", lambda _: Answer(500)))


@pytest.fixture
def signed(server: HttpServer) -> SignedIdentities:
    """What checks tokens itself."""
    return SignedIdentities(AUDIENCE, f"{server.url}/certs")


async def test_a_google_signed_token_proves_its_address(
    issuer: Issuer, signed: SignedIdentities, server: HttpServer
) -> None:
    """Written small; the certificates are asked for once."""
    assert await signed.email(issuer.token()) == ROBOT
    assert await signed.email(issuer.token(email=ROBOT.upper(), iss="accounts.google.com")) == ROBOT
    assert len(server.asked) == 1


HOUR_AGO = int((datetime.now(UTC) - timedelta(hours=1)).timestamp())


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://another.test"},
        {"aud": None},
        {"iss": "https://accounts.evil.test"},
        {"iss": None},
        {"exp": HOUR_AGO},
        {"iat": HOUR_AGO + 10_000},
        {"email": None},
        {"email": "a/../b@c"},
        {"email": 7},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"kid": "k2"},
    ],
)
async def test_a_token_that_is_not_for_this_deployment_proves_nothing(
    changes: dict[str, Any], issuer: Issuer, signed: SignedIdentities
) -> None:
    """For somebody else, by somebody else, over, of no certain address, or under a key that is not Google's."""
    assert await signed.email(issuer.token(**changes)) is None


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é", "..", "a" * 9000])
async def test_what_is_no_token_proves_nothing(token: str, signed: SignedIdentities) -> None:
    """And is no error of ours."""
    assert await signed.email(token) is None
    assert await PlatformIdentities().email(token) is None


async def test_a_forged_or_unsigned_token_proves_nothing(issuer: Issuer, signed: SignedIdentities) -> None:
    """Another's signature, none at all, the platform's mark in its place, or claims changed under it."""
    head, claims, signature = issuer.token().split(".")
    other = issuer.token(email="admin@acme.iam").split(".")[1]
    assert await signed.email(Issuer(AUDIENCE).token()) is None
    for forged in (f"{head}.{claims}.", f"{head}.{claims}.SIGNATURE_REMOVED_BY_GOOGLE", f"{head}.{other}.{signature}"):
        assert await signed.email(forged) is None


async def test_certificates_are_asked_for_until_they_come(issuer: Issuer, server: HttpServer) -> None:
    """An answer that is none is not kept."""
    answer, server.answer = server.answer, lambda _: Answer(500)
    signed = SignedIdentities(AUDIENCE, f"{server.url}/certs")
    with pytest.raises(Unavailable):
        await signed.email(issuer.token())
    server.answer = answer
    assert await signed.email(issuer.token()) == ROBOT


async def test_the_platforms_token_is_read_without_its_signature(issuer: Issuer) -> None:
    """Cloud Run has checked it, and put its mark there."""
    head, claims, _ = issuer.token().split(".")
    assert await PlatformIdentities().email(f"{head}.{claims}.SIGNATURE_REMOVED_BY_GOOGLE") == ROBOT
    unverified = issuer.token(email_verified=False)
    assert await PlatformIdentities().email(unverified) is None


def test_the_settings_say_who_checks() -> None:
    """Nobody, where identities open nothing; an audience is needed where it is done here."""
    assert identities_of(Settings()) is None
    assert isinstance(identities_of(Settings(auth_mode="keys,iam", public_url=AUDIENCE)), SignedIdentities)
    assert isinstance(identities_of(Settings(auth_mode="iam", iam_trusts_platform=True)), PlatformIdentities)
    with pytest.raises(MissingSetting, match="PUBLIC_URL"):
        identities_of(Settings(auth_mode="iam"))
