"""Signed URLs: by a key file where there is one, else by IAM on behalf of the function's service account."""

from datetime import timedelta
from functools import cache
from typing import Any


def sign(blob: Any, lifetime: timedelta, signer_key: str | None, download_as: str | None) -> str:
    """A V4 URL that opens `blob` without credentials for `lifetime` (at most 7 days).

    Raises:
        google.auth.exceptions.GoogleAuthError: there is nothing to sign with, or IAM refuses.
    """
    disposition = f'attachment; filename="{download_as}"' if download_as else None
    by = {"credentials": _key(signer_key)} if signer_key else _by_iam()
    url: str = blob.generate_signed_url(version="v4", expiration=lifetime, response_disposition=disposition, **by)
    return url


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
    if not credentials.valid:
        credentials.refresh(Request())
    if hasattr(credentials, "signer"):  # a key file of the user's own
        return {"credentials": credentials}
    return {"service_account_email": credentials.service_account_email, "access_token": credentials.token}
