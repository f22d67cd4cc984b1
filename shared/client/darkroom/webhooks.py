"""Whether a webhook is to be believed. Source: https://www.standardwebhooks.com (1.0.0)."""

import hmac
import json
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from .errors import BadWebhook, Misused

NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")
TOLERANCE = 300  # seconds


def verify_webhook(
    body: bytes | str,
    headers: Mapping[str, str],
    secrets: str | Iterable[str],
    tolerance: float = TOLERANCE,
    *,
    now: float | None = None,
) -> dict[str, Any]:
    """The event that a webhook brings, if one of `secrets` signed it: {type, timestamp, status_sequence, data}.

    `body` is as it came, not parsed and written again. `headers` are the request's, in any case. Give every secret in
    force while one is rotated out (`whsec_…`). `tolerance` is how old, or how far ahead, its time may be, in seconds:
    what is older may be a repetition of a stranger's. The same event may come more than once, under one `webhook-id`.

    Raises:
        BadWebhook: nobody should believe it.
        Misused: a secret is none, or there is none.
    """
    keys = [_key(secret) for secret in ([secrets] if isinstance(secrets, str) else secrets)]
    if not keys:
        raise Misused("there is no secret to verify a webhook with", "Give the secret of the endpoint, whsec_….")
    given = {name.lower(): value for name, value in headers.items()}
    if lacking := [name for name in NAMES if not given.get(name)]:
        raise BadWebhook(f"a webhook without {', '.join(lacking)}", "Only Darkroom's own requests belong here.")
    webhook_id, timestamp, signatures = (given[name] for name in NAMES)
    _check_time(timestamp, tolerance, time.time() if now is None else now)
    content = body.encode() if isinstance(body, str) else bytes(body)
    signed = b".".join((webhook_id.encode(), timestamp.encode(), content))
    wanted = [hmac.digest(key, signed, sha256) for key in keys]
    # All are compared, so that the time taken tells nothing.
    if not sum(hmac.compare_digest(each, ours) for each in _signatures(signatures) for ours in wanted):
        text = f"webhook {webhook_id[:100]} is signed by none of the secrets"
        raise BadWebhook(text, "Check that the secret is this endpoint's, and that the body is as it came.")
    return _event(content)


def _check_time(timestamp: str, tolerance: float, now: float) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):  # noqa: PLR2004 - of any century
        raise BadWebhook(f"webhook-timestamp is {timestamp[:40]!r}", "It must be seconds since 1970.")
    if abs(now - int(timestamp)) > tolerance:
        text = f"the webhook's time is {now - int(timestamp):.0f} s ago; {tolerance:g} s are borne"
        raise BadWebhook(text, "Check this machine's clock; else it is a repetition, not to be believed.")


def _signatures(told: str) -> Iterable[bytes]:
    """Those of version 1, which are symmetric."""
    for each in told.split():
        version, _, signature = each.partition(",")
        if version == "v1":
            try:
                yield b64decode(signature, validate=True)
            except (NotBase64, ValueError):
                continue


def _key(secret: str) -> bytes:
    try:
        key = b64decode(secret.strip().removeprefix("whsec_"), validate=True)
    except (NotBase64, ValueError):
        key = b""
    if key:
        return key
    raise Misused("a secret of webhooks is no whsec_ with base64", "Give it as it was shown.")  # without saying it


def _event(content: bytes) -> dict[str, Any]:
    try:
        event = json.loads(content)
    except ValueError:
        event = None
    if isinstance(event, dict):
        return event
    raise BadWebhook("the webhook's body is no JSON object", "Check which version of Darkroom sends it.")
