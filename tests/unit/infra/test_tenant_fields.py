"""What an operator may write of a tenant, and what is said of the rest."""

import pytest

from infra.tenant_fields import FieldError, changed, known
from shared.domain.request import Webhook
from shared.domain.tenant import Allowance, Budget, Tenant
from tests.fakes.clock import NOON

ACME = Tenant(id="acme", created_at=NOON)


def test_fields_are_set_and_put_back() -> None:
    """Dollars become micro-USD; an empty value is the default."""
    found = changed(ACME, [
        "disabled=true", "retention_days=0.5", "cache=off", "limits.jobs_in_flight=20", "user_limits.images_per_day=0",
        "budget.day_usd=5.25", "budget.month_micros=7", "project_budgets.film.7.day_usd=1",
        "webhook.url=https://receiver.test/hook", "webhook.events=job.completed,job.failed",
    ])  # fmt: skip
    assert found == Tenant(
        id="acme",
        created_at=NOON,
        disabled=True,
        retention_days=0.5,
        cache="off",
        limits=Allowance(jobs_in_flight=20),
        user_limits=Allowance(images_per_day=0),
        budget=Budget(day_micros=5_250_000, month_micros=7),
        project_budgets={"film.7": Budget(day_micros=1_000_000)},
        webhook=Webhook(url="https://receiver.test/hook", events=("job.completed", "job.failed")),
    )
    back = changed(found, ["disabled=", "cache=", "limits.jobs_in_flight=", "budget.day_usd=", "retention_days="])
    assert (back.disabled, back.cache, back.limits, back.retention_days) == (False, None, Allowance(), None)
    assert back.budget == Budget(month_micros=7)


@pytest.mark.parametrize(
    ("assignment", "says"),
    [
        ("retention_days", "FIELD=VALUE"),
        ("retention=3", "there is no field retention; there are disabled"),
        ("id=other", "there is no field id"),
        ("limits.jobs=3", "there is no field limits.jobs"),
        ("limits.jobs_in_flight=many", r"\$.limits.jobs_in_flight"),
        ("limits.jobs_in_flight=-1", "limits.jobs_in_flight must not be below 0"),
        ("budget.day_usd=x", "no amount in dollars"),
        ("budget.day_usd=-1", "budget.day_micros must not be below 0"),
        ("budget.day_usd=1e30", "budget.day_micros must be at most 9223372036854775807"),
        ("retention_days=1e9", "retention_days must be at most 36500"),
        ("retention_days=nan", "retention_days must be at most 36500"),
        ("retention_days=inf", "retention_days must be at most 36500"),
        ("cache=sometimes", r"\$.cache"),
        ("webhook.events=job.completed", "url"),
        ("webhook.url=ftp://x", r"\$.webhook.url"),
        ("project_budgets.a/b.day_usd=1", "there is no field"),
    ],
)
def test_what_cannot_be_is_said(assignment: str, says: str) -> None:
    """With the field, and with those that there are."""
    with pytest.raises(FieldError, match=says):
        changed(ACME, [assignment])


def test_every_field_of_a_tenant_can_be_written() -> None:
    """A field that is new in the domain is one for the operator, too."""
    written = {name.partition(".")[0] for name in known()}
    fields = {name.replace("_micros", "_usd") for name in Tenant.__struct_fields__}
    assert fields - written == {"id", "created_at"}
