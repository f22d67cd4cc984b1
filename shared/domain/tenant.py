"""A tenant: whose jobs are whose, and what it may use."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from shared.domain.inputs import END
from shared.domain.request import Cache, Webhook

# Of 24 to 64 bytes, as Standard Webhooks 1.0 has it.
WebhookSecret = Annotated[str, Meta(pattern=rf"^whsec_[A-Za-z0-9+/]{{32,86}}={{0,2}}{END}")]


class Allowance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much one of them may use; None: as much as it likes."""

    requests_per_minute: int | None = None  # in each instance; of a tenant, None: the deployment's, 0: any number
    jobs_in_flight: int | None = None
    images_per_day: int | None = None


class Budget(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much may be spent, in micro-USD; None: without limit. Days and months are those of UTC."""

    day_micros: int | None = None
    month_micros: int | None = None


class Tenant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`tenants/{id}`."""

    id: str
    created_at: datetime
    disabled: bool = False
    limits: Allowance = Allowance()  # of all together
    project_limits: Allowance = Allowance()  # of each project
    user_limits: Allowance = Allowance()  # of each user
    images_per_request: int | None = None
    budget: Budget = Budget()
    project_budget: Budget = Budget()  # of each project
    project_budgets: dict[str, Budget] = {}  # of those that have one of their own
    unknown_price_micros: int | None = None  # what a job reserves whose price nobody knows; None: the deployment's
    max_body_bytes: int | None = None  # of a request; None, or more: as much as its call takes
    cache: Cache | None = None  # where a request does not say
    retention_days: float | None = None  # None: as the deployment has it
    webhook: Webhook | None = None  # of jobs that name none
    webhook_secrets: tuple[WebhookSecret, ...] = ()  # the current one first; none: the deployment's sign


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """What holds of a tenant that says nothing of it."""

    requests_per_minute: int = 600  # 0: without limit
    unknown_price_micros: int = 250_000  # about the dearest image that is sold


def with_usual(tenant: Tenant, usual: Usual) -> Tenant:
    """The tenant, with what it leaves to its deployment."""
    limits, unknown = tenant.limits, tenant.unknown_price_micros
    if limits.requests_per_minute is None and usual.requests_per_minute:
        limits = msgspec.structs.replace(limits, requests_per_minute=usual.requests_per_minute)
    return msgspec.structs.replace(
        tenant, limits=limits, unknown_price_micros=usual.unknown_price_micros if unknown is None else unknown
    )
