"""A bucket's lifecycle: objects that are old enough are deleted, by the local cloud's clock.

https://cloud.google.com/storage/docs/lifecycle: only the action Delete, with the conditions age and matchesPrefix.
"""

import logging
import sqlite3
from collections.abc import Mapping
from typing import Any

import msgspec

from infra.local.clock import Clock
from infra.local.storage.meta import Bucket
from infra.local.storage.refusals import invalid, unimplemented
from infra.local.storage.store import Store

INTERVAL = 1.0  # seconds by the kernel's clock between two looks; Google's takes up to a day
DAY = 86_400_000_000  # microseconds
LAST = "\U0010ffff"  # no character comes after it
CONDITIONS = frozenset({"age", "matchesPrefix"})

_LOG = logging.getLogger(__name__)


class Condition(msgspec.Struct):
    """When a rule applies: all that is given must hold."""

    age: int  # days since the object was created
    matchesPrefix: list[str] = []  # noqa: N815 - the API's name; none: every name


class Rule(msgspec.Struct):
    """One rule."""

    condition: Condition


class Lifecycle(msgspec.Struct):
    """The setting."""

    rule: list[Rule] = []


def check_lifecycle(setting: Mapping[str, Any]) -> None:
    """That every rule can be acted upon.

    Raises:
        StorageError: 501, an action or a condition is not implemented, by its name; 400, it is no lifecycle.
    """
    try:
        rules = msgspec.convert(setting.get("rule") or [], list[dict[str, dict[str, Any]]])
        for rule in rules:
            action = rule.get("action", {}).get("type")
            if action != "Delete" or rule.keys() - {"action", "condition"}:
                raise unimplemented(f"the lifecycle action {action}")
            for name in rule.get("condition", {}):
                if name not in CONDITIONS:
                    raise unimplemented(f"the lifecycle condition {name}")
            if "age" not in rule.get("condition", {}):
                raise unimplemented("a lifecycle rule without the condition age")
        lifecycle = msgspec.convert(setting, Lifecycle)
    except msgspec.ValidationError as exc:
        raise invalid(f"Invalid value for field lifecycle: {exc}", ("field", "lifecycle")) from exc
    if any(rule.condition.age < 0 for rule in lifecycle.rule):
        raise invalid("Invalid value for field lifecycle: age must not be negative", ("field", "lifecycle"))


async def run_lifecycle(store: Store, clock: Clock) -> None:
    """Delete what is old enough, until cancelled."""
    while True:
        try:
            for bucket in store.meta.buckets("", "", -1):
                delete_aged(store, bucket, clock.now())
        except sqlite3.Error:  # a full disk, say; the next look may find it better
            _LOG.exception("the lifecycle of buckets was not looked after")
        await clock.sleep(INTERVAL)


def delete_aged(store: Store, bucket: Bucket, now: int) -> int:
    """Delete the bucket's objects that a rule applies to; gives how many. Held ones stay.

    With versioning a live one becomes noncurrent first, and a noncurrent one goes for good.
    """
    rules = msgspec.convert(bucket.settings.get("lifecycle") or {}, Lifecycle).rule
    aged = [
        item
        for rule in rules
        for prefix in rule.condition.matchesPrefix or [""]
        for item in store.meta.objects(bucket.name, prefix, f"{prefix}{LAST}" if prefix else None, versions=True)
        if now - item.created >= rule.condition.age * DAY
    ]
    return sum(store.expire(item) for item in {(item.name, item.generation): item for item in aged}.values())
