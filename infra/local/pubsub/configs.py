"""Settings of topics and subscriptions: what is refused, what is filled in.

Source of the bounds: https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1
"""

from typing import Any, Final
from urllib.parse import urlsplit

from google.pubsub_v1.types import pubsub as types

from infra.local.pubsub.errors import invalid, unimplemented
from infra.local.pubsub.names import check_name
from infra.local.pubsub.terms import Terms

Topic = types.Topic.pb()
Subscription = types.Subscription.pb()

PUSH_FORMAT: Final = "x-local-push-format"  # a push_config attribute of the local cloud alone: raw or cloudevent
PUSH_FORMATS = ("cloudevent", "raw")
_VERSION = "x-goog-version"
_DAY = 86_400
_MIN_RETENTION, _MAX_RETENTION = 600, 31 * _DAY
_DEFAULT_RETENTION = 7 * _DAY
_DEFAULT_TTL = 31 * _DAY
_MAX_BACKOFF = 600
_DEFAULT_MIN_BACKOFF = 10
_DEFAULT_ATTEMPTS = 5

# What would change what a user sees and is not done here. Setting it is an error, not a wish.
TOPIC_REFUSED = (
    "message_storage_policy", "kms_key_name", "schema_settings", "ingestion_data_source_settings",
    "message_transforms", "tags",
)  # fmt: skip
SUBSCRIPTION_REFUSED = (
    "bigquery_config", "cloud_storage_config", "bigtable_config", "retain_acked_messages",
    "enable_exactly_once_delivery", "message_transforms", "tags",
)  # fmt: skip

PUSH_REFUSED = ("oidc_token",)


def complete_topic(topic: Any) -> None:
    """Check `topic`, and fill in what the service adds.

    Raises:
        RpcError: INVALID_ARGUMENT, or UNIMPLEMENTED by the field's name.
    """
    _refuse(topic, "Topic", TOPIC_REFUSED)
    check_name(topic.name, "topics")
    _check_labels(topic.labels)
    if topic.HasField("message_retention_duration"):
        _check_duration("message_retention_duration", topic.message_retention_duration, _MIN_RETENTION, _MAX_RETENTION)
    topic.satisfies_pzs = False
    topic.state = types.Topic.State.ACTIVE


def complete_subscription(subscription: Any) -> None:
    """Check `subscription`, and fill in the defaults, as a get shows them.

    Raises:
        RpcError: INVALID_ARGUMENT, or UNIMPLEMENTED by the field's name.
    """
    _refuse(subscription, "Subscription", SUBSCRIPTION_REFUSED)
    check_name(subscription.name, "subscriptions")
    _check_labels(subscription.labels)
    for name in ("topic_message_retention_duration", "analytics_hub_subscription_info"):
        subscription.ClearField(name)
    subscription.state = types.Subscription.State.ACTIVE
    subscription.ack_deadline_seconds = subscription.ack_deadline_seconds or 10
    check_ack_deadline(subscription.ack_deadline_seconds)
    if not subscription.HasField("message_retention_duration"):
        subscription.message_retention_duration.seconds = _DEFAULT_RETENTION
    retention = subscription.message_retention_duration
    _check_duration("message_retention_duration", retention, _MIN_RETENTION, _MAX_RETENTION)
    if not subscription.HasField("expiration_policy"):
        subscription.expiration_policy.ttl.seconds = _DEFAULT_TTL
    if subscription.expiration_policy.HasField("ttl"):
        least = max(_DAY, retention.seconds)
        _check_duration("expiration_policy.ttl", subscription.expiration_policy.ttl, least, None)
    if subscription.HasField("retry_policy"):
        _complete_retry(subscription.retry_policy)
    if subscription.HasField("dead_letter_policy"):
        _complete_dead_letter(subscription.dead_letter_policy)
    if subscription.HasField("push_config"):
        _complete_push(subscription.push_config)
        if not subscription.push_config.push_endpoint:
            subscription.ClearField("push_config")


def _complete_push(push: Any) -> None:
    """Check a push configuration; one without an endpoint means pull.

    Raises:
        RpcError: INVALID_ARGUMENT, or UNIMPLEMENTED by the field's name.
    """
    _refuse(push, "PushConfig", PUSH_REFUSED)
    if not push.push_endpoint:
        return
    parts = urlsplit(push.push_endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise invalid(f"Invalid push endpoint given (endpoint={push.push_endpoint}): it is an http or https URL.")
    for name, value in push.attributes.items():
        if name == _VERSION and value == "v1beta1":
            raise unimplemented("PushConfig.attributes x-goog-version v1beta1")
        allowed = {_VERSION: ("v1", "v1beta2"), PUSH_FORMAT: PUSH_FORMATS}.get(name)
        if allowed is None or value not in allowed:
            raise invalid(f"Invalid push_config attribute: {name}={value}")
    if _VERSION not in push.attributes:
        push.attributes[_VERSION] = "v1"


def check_ack_deadline(seconds: int, least: int = 10) -> None:
    """Refuse a deadline that is not `least` to 600 seconds.

    Raises:
        RpcError: INVALID_ARGUMENT.
    """
    if not least <= seconds <= 600:  # noqa: PLR2004 - the documented bound
        raise invalid(f"Invalid ack deadline given (seconds={seconds}): it is from {least} to 600.")


def terms_of(subscription: Any, topic: Any | None) -> Terms:
    """What of the settings rules the backlog; `topic` is None when it was deleted."""
    retention = _micros(subscription.message_retention_duration)
    if topic is not None and topic.HasField("message_retention_duration"):
        retention = max(retention, _micros(topic.message_retention_duration))
    retried = subscription.HasField("retry_policy")
    return Terms(
        name=subscription.name,
        ordered=subscription.enable_message_ordering,
        retention=retention,
        minimum_backoff=_micros(subscription.retry_policy.minimum_backoff) if retried else 0,
        maximum_backoff=_micros(subscription.retry_policy.maximum_backoff) if retried else 0,
        max_attempts=subscription.dead_letter_policy.max_delivery_attempts,
    )


def _complete_retry(policy: Any) -> None:
    if not policy.HasField("minimum_backoff"):
        policy.minimum_backoff.seconds = _DEFAULT_MIN_BACKOFF
    if not policy.HasField("maximum_backoff"):
        policy.maximum_backoff.seconds = _MAX_BACKOFF
    for name in ("minimum_backoff", "maximum_backoff"):
        _check_duration(f"retry_policy.{name}", getattr(policy, name), 0, _MAX_BACKOFF)
    if _micros(policy.minimum_backoff) > _micros(policy.maximum_backoff):
        raise invalid("retry_policy.minimum_backoff must not be above retry_policy.maximum_backoff.")


def _complete_dead_letter(policy: Any) -> None:
    check_name(policy.dead_letter_topic, "topics")
    policy.max_delivery_attempts = policy.max_delivery_attempts or _DEFAULT_ATTEMPTS
    if not 5 <= policy.max_delivery_attempts <= 100:  # noqa: PLR2004 - the documented bounds
        given = policy.max_delivery_attempts
        raise invalid(f"dead_letter_policy.max_delivery_attempts is from 5 to 100, not {given}.")


def _refuse(message: Any, kind: str, names: tuple[str, ...]) -> None:
    given = {field.name for field, _ in message.ListFields()}
    for name in names:
        if name in given:
            raise unimplemented(f"{kind}.{name}")


def _check_labels(labels: Any) -> None:
    if len(labels) > 64 or any(not key or len(key) > 63 or len(value) > 63 for key, value in labels.items()):  # noqa: PLR2004 - https://cloud.google.com/pubsub/docs/labels
        raise invalid("There are at most 64 labels, with keys of 1 to 63 characters and values of at most 63.")


def _check_duration(name: str, duration: Any, least: int, most: int | None) -> None:
    micros = _micros(duration)
    if micros < least * 1_000_000 or (most is not None and micros > most * 1_000_000):
        bounds = f"at least {least}" if most is None else f"from {least} to {most}"
        raise invalid(f"{name} is {bounds} seconds, not {micros / 1_000_000:g}.")


def _micros(duration: Any) -> int:
    return int(duration.seconds * 1_000_000 + duration.nanos // 1000)
