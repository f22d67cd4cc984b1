"""Signed URLs: by a key file where there is one, else by IAM on behalf of the function's service account."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple


def sign(blob: Any, lifetime: timedelta, signer_key: str | None, download_as: str | None) -> str:
    """A V4 URL that opens `blob` without credentials for `lifetime` (at most 7 days).

    Raises:
        google.auth.exceptions.GoogleAuthError: there is nothing to sign with, or IAM refuses.
    """
    disposition = f'attachment; filename="{download_as}"' if download_as else None
    by = {"credentials": _key(signer_key)} if signer_key else _by_iam()
    url: str = blob.generate_signed_url(version="v4", expiration=lifetime, response_disposition=disposition, **by)
    return url


class Signer(NamedTuple):
    """An account, and its signature (RSA, SHA-256) of some bytes."""

    email: str
    sign: Callable[[bytes], bytes]


def signer_of(signer_key: str | None) -> Signer:
    """Who signs here.

    Raises:
        google.auth.exceptions.GoogleAuthError: there is nothing to sign with, or IAM refuses.
    """
    by: dict[str, Any] = {"credentials": _key(signer_key)} if signer_key else _by_iam()
    if credentials := by.get("credentials"):
        return Signer(credentials.signer_email, credentials.sign_bytes)
    from google.auth import iam
    from google.auth.transport.requests import Request

    email = by["service_account_email"]
    return Signer(email, iam.Signer(Request(), _default(), email).sign)


@cache
def _key(path: str) -> Any:
    from google.oauth2 import service_account

    return service_account.Credentials.from_service_account_file(path)


@cache
def _default() -> Any:
    import google.auth

    return google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])[0]


def _by_iam() -> dict[str, Any]:
    from google.auth.transport.requests import Request

    credentials = _default()
    if hasattr(credentials, "signer"):  # a key file of the user's own
        return {"credentials": credentials}
    if not credentials.valid:
        credentials.refresh(Request())
    return {"service_account_email": credentials.service_account_email, "access_token": credentials.token}
