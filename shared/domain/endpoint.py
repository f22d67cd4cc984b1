"""A webhook's receiver that answered 410: it wants no more, of this job or of a later one.

Source: https://github.com/standard-webhooks/standard-webhooks (spec, operational considerations)
"""

from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

GONE_FOR = timedelta(days=30)  # so long a 410 is believed; who asks for a redelivery that is taken ends it at once


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`endpoints/{id}`; there is none for a receiver that takes what it is sent."""

    id: str
    tenant: str
    url: str
    event_id: str  # of the event that it answered 410 to
    disabled_at: datetime
    purge_at: datetime


def endpoint_id(tenant: str, url: str) -> str:
    """The id of a tenant's receiver: another tenant's of the same address is another."""
    return sha256(msgspec.json.encode([tenant, url])).hexdigest()


def gone(tenant: str, url: str, event_id: str, now: datetime) -> Endpoint:
    """The receiver that has just answered 410."""
    return Endpoint(
        id=endpoint_id(tenant, url), tenant=tenant, url=url, event_id=event_id, disabled_at=now, purge_at=now + GONE_FOR
    )
