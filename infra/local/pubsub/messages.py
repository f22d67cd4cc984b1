"""Messages, and what a publisher may send.

Source of the limits: https://cloud.google.com/pubsub/quotas#resource_limits
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.pubsub_v1.types import pubsub as types

from infra.local.pubsub.errors import invalid

PubsubMessage = types.PubsubMessage.pb()

MAX_MESSAGES = 1000  # of one Publish
MAX_BYTES = 10_000_000  # of one Publish, and so of one message
MAX_ATTRIBUTES = 100
MAX_KEY = 256  # bytes of an attribute's key
MAX_VALUE = 1024  # bytes of an attribute's value
MAX_ORDERING_KEY = 1024  # bytes


@dataclass(slots=True, eq=False)
class Message:
    """One message, as all the subscriptions that still owe it to somebody share it."""

    id: int  # also the time of its publication, in microseconds since the epoch
    topic: str
    body: Any  # a PubsubMessage, complete; never changed again
    size: int  # bytes
    owed: int = 0  # subscriptions that it waits in

    @classmethod
    def published(cls, number: int, topic: str, body: Any) -> "Message":
        """The message that `body`, which a publisher sent, becomes."""
        own = PubsubMessage()
        own.CopyFrom(body)
        own.message_id = str(number)
        own.publish_time.FromMicroseconds(number)
        return cls(number, topic, own, own.ByteSize())

    @classmethod
    def stored(cls, number: int, topic: str, data: bytes) -> "Message":
        """The message that was written to the disk as `data`."""
        return cls(number, topic, PubsubMessage.FromString(data), len(data))

    @property
    def publish_time(self) -> str:
        """In RFC 3339, with milliseconds, as a push says it."""
        moment = datetime.fromtimestamp(self.id // 1_000_000, UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{self.id // 1000 % 1000:03d}Z"


def check_messages(messages: Sequence[Any], size: int) -> None:
    """Refuse what the real service would not take; `size` is the request's, in bytes.

    Raises:
        RpcError: INVALID_ARGUMENT.
    """
    if not messages:
        raise invalid(
            "The value for message_count is too small. You passed 0 in the request, but the minimum value is 1."
        )
    if len(messages) > MAX_MESSAGES:
        given = len(messages)
        raise invalid(
            f"The value for message_count is too large. You passed {given}, but the maximum is {MAX_MESSAGES}."
        )
    if size > MAX_BYTES:
        raise invalid(f"Request payload size exceeds the limit: {MAX_BYTES} bytes.")
    if len({message.ordering_key for message in messages}) > 1:
        raise invalid(
            "In a single publish request, all messages must have no ordering key or they must all have the same one."
        )
    for message in messages:
        _check_message(message)


def _check_message(message: Any) -> None:
    if not message.data and not message.attributes:
        raise invalid(
            "One or more messages in the publish request is empty. "
            "Each message must contain either non-empty data, or at least one attribute."
        )
    if len(message.ordering_key.encode()) > MAX_ORDERING_KEY:
        raise invalid(f"The ordering key of a message has at most {MAX_ORDERING_KEY} bytes.")
    if len(message.attributes) > MAX_ATTRIBUTES:
        raise invalid(f"A message has at most {MAX_ATTRIBUTES} attributes.")
    for key, value in message.attributes.items():
        if not key or len(key.encode()) > MAX_KEY:
            raise invalid(f"The key of an attribute has 1 to {MAX_KEY} bytes.")
        if key.startswith("goog"):
            raise invalid(f"The key of an attribute must not begin with goog, as {key} does.")
        if len(value.encode()) > MAX_VALUE:
            raise invalid(f"The value of an attribute has at most {MAX_VALUE} bytes; that of {key} is longer.")
