"""Who asks for a job."""

from typing import Literal, get_args

import msgspec

Scope = Literal["jobs:read", "jobs:write", "admin"]  # what a caller may be allowed to do; none includes another
SCOPES: tuple[Scope, ...] = get_args(Scope)
LOCAL_TENANT = "local"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who is let in: by a key, by a Google identity, or by a deployment that is open."""

    tenant: str
    scopes: tuple[Scope, ...]
    key_id: str | None = None
    email: str | None = None


OPEN = Identity(tenant=LOCAL_TENANT, scopes=SCOPES)  # whoever can reach a deployment without locks


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and what the headers said."""

    tenant: str
    idempotency_key: str | None = None
    workflow_id: str | None = None
    user_id: str | None = None
    traceparent: str | None = None
