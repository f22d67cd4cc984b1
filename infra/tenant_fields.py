"""Fields of a tenant as an operator writes them: `limits.jobs_in_flight=20`, `budget.day_usd=5`."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from shared.config import MOST_DAYS
from shared.domain.tenant import Allowance, Budget, Tenant

MICROS = 1_000_000
MOST = {"retention_days": MOST_DAYS}
MOST_OF_ALL = 2**63 - 1  # Firestore's largest integer
GROUPS: dict[str, type[msgspec.Struct]] = {
    "limits": Allowance,
    "project_limits": Allowance,
    "user_limits": Allowance,
    "budget": Budget,
    "project_budget": Budget,
}
PLAIN = (
    "disabled", "images_per_request", "max_body_bytes", "unknown_price_micros", "cache", "retention_days",
    "webhook_secrets",
)  # fmt: skip
WEBHOOK = ("webhook.url", "webhook.events")
LISTS = {"events", "webhook_secrets"}
OF_ONE_PROJECT = re.compile(r"project_budgets\.(?P<project>[A-Za-z0-9._-]{1,128})\.(?P<field>day|month)_(micros|usd)")


class FieldError(Exception):
    """What cannot be written so; the text says what can."""


def known() -> list[str]:
    """The fields that there are, `_usd` for those in micro-USD."""
    grouped = [f"{group}.{name}" for group, kind in GROUPS.items() for name in kind.__struct_fields__]
    names = [*PLAIN, *grouped, *WEBHOOK, "project_budgets.PROJECT.day_micros", "project_budgets.PROJECT.month_micros"]
    return [name.replace("_micros", "_usd") for name in names]


def changed(tenant: Tenant, assignments: list[str]) -> Tenant:
    """The tenant with `field=value` done in this order; an empty value is the default.

    Raises:
        FieldError: there is no such field, or it cannot have that value.
    """
    document: dict[str, Any] = msgspec.to_builtins(tenant)
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise FieldError(f"{assignment!r} is no FIELD=VALUE")
        _assign(document, _path(name), value)
    try:
        found = msgspec.convert(document, Tenant, strict=False)
    except msgspec.ValidationError as exc:
        raise FieldError(f"this cannot be: {exc}") from exc
    for field, number in _numbers(msgspec.to_builtins(found)):
        if number < 0:
            raise FieldError(f"{field} must not be below 0")
        if not number <= (most := MOST.get(field, MOST_OF_ALL)):
            raise FieldError(f"{field} must be at most {most}")
    return found


def _path(name: str) -> tuple[str, ...]:
    if one := OF_ONE_PROJECT.fullmatch(name):
        return ("project_budgets", one["project"], name.rsplit(".", 1)[1])
    if name.replace("_micros", "_usd") not in known():
        raise FieldError(f"there is no field {name}; there are {', '.join(known())}")
    return tuple(name.split("."))


def _assign(document: dict[str, Any], path: tuple[str, ...], text: str) -> None:
    *outer, name = path
    for part in outer:
        document = document.setdefault(part, {})
    value: Any = text.split(",") if name in LISTS else text
    if name.endswith("_usd"):
        name, value = name.replace("_usd", "_micros"), text and _micros(text)
    if text:
        document[name] = value
    else:
        document.pop(name, None)


def _micros(text: str) -> int:
    try:
        return int(Decimal(text) * MICROS)
    except (InvalidOperation, OverflowError, ValueError) as exc:
        raise FieldError(f"{text!r} is no amount in dollars") from exc


def _numbers(value: Any, name: str = "") -> list[tuple[str, float]]:
    if isinstance(value, dict):
        return [pair for key, part in value.items() for pair in _numbers(part, f"{name}.{key}".lstrip("."))]
    return [(name, value)] if isinstance(value, int | float) else []
