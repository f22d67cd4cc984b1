"""Identities by Google-signed identity tokens (OpenID Connect).

Where Cloud Run itself lets in only invokers, it hands a checked token on with its signature replaced. Such a token
proves nothing elsewhere, so that it is believed only where IAM_TRUSTS_PLATFORM says that this is so.
"""

import asyncio
import re
import time
from typing import Any

from shared.config import Settings
from shared.domain.api_key import EMAIL
from shared.gcp.errors import refused

ISSUERS = {"accounts.google.com", "https://accounts.google.com"}
MAX_TOKEN = 8192  # characters; Google's have about 1,000
SKEW_SECONDS = 10
MAX_AGE = re.compile(r"max-age=(\d{1,6})")
LEAST_AGE = 60  # seconds for which certificates are kept, whatever the answer says


class Certificates:
    """Google's transport, which keeps the certificates for as long as their answer allows."""

    def __init__(self) -> None:
        self._kept: Any = None
        self._until = 0.0

    def __call__(self, url: str, method: str = "GET", **more: Any) -> Any:
        """As google.auth.transport.Request."""
        from google.auth.transport.requests import Request

        if time.monotonic() >= self._until:
            answer = Request()(url, method=method, **more)
            age = MAX_AGE.search(answer.headers.get("cache-control", ""))
            if answer.status == 200:  # noqa: PLR2004 - OK
                self._until = time.monotonic() + max(LEAST_AGE, int(age[1]) if age else 0)
            self._kept = answer
        return self._kept


class SignedIdentities:
    """Checks signature, audience, issuer and times of each token here."""

    def __init__(self, audience: str, certs_url: str) -> None:
        self._audience = audience
        self._certs_url = certs_url
        self._certificates = Certificates()

    async def email(self, token: str) -> str | None:
        """See Identities.email."""
        from google.auth import exceptions

        if len(token) > MAX_TOKEN:
            return None
        try:
            return _email(await asyncio.to_thread(self._claims, token))
        except exceptions.TransportError as exc:
            raise refused("Google's list of certificates", exc) from exc
        except (exceptions.GoogleAuthError, ValueError):
            return None

    def _claims(self, token: str) -> dict[str, Any]:
        from google.oauth2.id_token import verify_token

        claims: dict[str, Any] = dict(verify_token(
            token, self._certificates, self._audience, self._certs_url, clock_skew_in_seconds=SKEW_SECONDS
        ))  # fmt: skip
        return claims if claims.get("iss") in ISSUERS else {}


class PlatformIdentities:
    """Reads tokens that the platform has checked."""

    async def email(self, token: str) -> str | None:
        """See Identities.email."""
        from google.auth import exceptions, jwt

        try:
            return _email(dict(jwt.decode(token, verify=False))) if len(token) <= MAX_TOKEN else None
        except (exceptions.GoogleAuthError, ValueError):
            return None


def identities_of(settings: Settings) -> SignedIdentities | PlatformIdentities | None:
    """What checks identity tokens in this deployment; None where they open nothing.

    Raises:
        MissingSetting: neither IAM_AUDIENCE nor PUBLIC_URL says for whom tokens are to be made out.
    """
    if "iam" not in settings.opened_by:
        return None
    if settings.iam_trusts_platform:
        return PlatformIdentities()
    return SignedIdentities(settings.iam_audience or settings.need("public_url"), settings.iam_certs_url)


def _email(claims: dict[str, Any]) -> str | None:
    email = claims.get("email")
    verified = claims.get("email_verified") is True
    return email.lower() if verified and isinstance(email, str) and EMAIL.fullmatch(email) else None
