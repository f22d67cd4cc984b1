"""A code that nobody else can make up: HMAC-SHA256 (RFC 2104) of what it opens, under the deployment's secret."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence

import msgspec


def code_of(secret: str, what: Sequence[str | int]) -> str:
    """The code that opens `what`, and nothing else: 43 characters, safe in a path."""
    digest = hmac.digest(secret.encode(), msgspec.json.encode(what), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def opens(given: str, secret: str, what: Sequence[str | int]) -> bool:
    """Whether `given` is that code; how long the answer takes says nothing about it."""
    return hmac.compare_digest(given.encode(errors="replace"), code_of(secret, what).encode())
