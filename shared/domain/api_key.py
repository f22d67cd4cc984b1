"""API keys: `drk_<id>_<secret>`, shown once and kept as a hash; and the Google identities that need none.

The id finds the key with one read; the secret has 256 random bits, so that a plain SHA-256 of it cannot be searched.
"""

import hmac
import re
import secrets
from base64 import b32encode
from datetime import datetime
from hashlib import sha256
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from shared.domain.caller import Scope

PREFIX = "drk_"
SECRET_BYTES = 32
# 32 bytes in base32 are 52 characters without their padding.
FORM = re.compile(r"drk_(?P<id>[a-z2-7]{26})_(?P<secret>[a-z2-7]{52})")
EMAIL = re.compile(r"[^\s/@]{1,128}@[^\s/@]{1,128}")  # `/` would end a document's id
USUAL_SCOPES: tuple[Scope, ...] = ("jobs:read", "jobs:write")
MAX_OVERLAP = 7 * 86_400  # seconds
Name = Annotated[str, Meta(min_length=1, max_length=100, description="a text of 1 to 100 characters: what it is for")]
Scopes = Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=3, description="a list of 1 to 3 scopes")]


class ApiKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`api_keys/{id}`."""

    id: str
    tenant: str
    name: str
    scopes: tuple[Scope, ...]
    hash: str  # SHA-256 of the secret, in hex
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    rotated_at: datetime | None = None
    previous_hash: str | None = None  # of the secret before the last rotation
    previous_until: datetime | None = None
    fingerprint: str | None = None  # of the request that made it, where that had an idempotency key
    rotation: str | None = None  # the hash of the idempotency key of the last rotation, where it had one

    def opens(self, secret: str, now: datetime) -> bool:
        """Whether this secret is the key's, and the key is in force."""
        over = self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= now)
        given = hash_of(secret)
        known = hmac.compare_digest(given, self.hash)
        before = hmac.compare_digest(given, self.previous_hash or "")
        overlaps = self.previous_until is not None and now < self.previous_until
        return not over and (known or (before and overlaps))


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """`principals/{email}`: a Google identity, and what it opens."""

    email: str
    tenant: str
    scopes: tuple[Scope, ...]
    created_at: datetime


class KeyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a new key is to be."""

    name: Annotated[
        str, Meta(min_length=1, max_length=100, description="a text of 1 to 100 characters: what it is for")
    ]
    scopes: Scopes = USUAL_SCOPES
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class RotationRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a key gets its new secret."""

    overlap_seconds: Annotated[int, Meta(ge=0, le=MAX_OVERLAP)] = 0  # the old secret opens so long still


class Token(NamedTuple):
    """The two parts of a key as its user has it."""

    id: str
    secret: str

    def __str__(self) -> str:
        """As it is shown, once."""
        return f"{PREFIX}{self.id}_{self.secret}"


def token_of(text: str) -> Token | None:
    """The parts of a key; None of what can be none."""
    found = FORM.fullmatch(text)
    return Token(found["id"], found["secret"]) if found else None


def fresh_secret() -> str:
    """A secret that nobody can guess."""
    return b32encode(secrets.token_bytes(SECRET_BYTES)).decode().rstrip("=").lower()


def hash_of(secret: str) -> str:
    """What is kept of a secret."""
    return sha256(secret.encode()).hexdigest()
