"""A Pub/Sub message out of any of the three shapes in which one reaches a function.

- a CloudEvent in binary mode, as an event trigger sends it: attributes in `ce-*` headers, the envelope as body;
- a CloudEvent in structured mode: one JSON object, the envelope under `data`;
- the raw push of a push subscription: the envelope alone.

The envelope is `{"message": {"data": base64, "attributes": {…}, "messageId": …}, "subscription": …}`.
Source: https://cloud.google.com/pubsub/docs/push and https://cloud.google.com/eventarc/docs/cloudevents
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Annotated

import msgspec

CLOUD_EVENT = "application/cloudevents+json"


class NotAMessage(ValueError):
    """The request carries no Pub/Sub message; the text says what is missing where."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a function needs of a Pub/Sub message."""

    data: bytes
    attributes: dict[str, str]
    message_id: str
    subscription: str | None
    delivery_attempt: int | None  # only with a dead-letter policy


class _Inner(msgspec.Struct, rename="camel"):
    data: str = ""
    attributes: dict[str, str] | None = None
    message_id: str = ""


class _Envelope(msgspec.Struct, rename="camel"):
    message: _Inner
    subscription: str | None = None
    delivery_attempt: int | None = None


class _Structured(msgspec.Struct):
    specversion: Annotated[str, msgspec.Meta(pattern=r"^1\.")]
    data: _Envelope


def message_of(headers: Mapping[str, str], body: bytes) -> Message:
    """The message in a request; `headers` are looked up in lower case.

    Raises:
        NotAMessage: it carries none.
    """
    structured = headers.get("content-type", "").startswith(CLOUD_EVENT)
    try:
        envelope = (
            msgspec.json.decode(body, type=_Structured).data
            if structured
            else msgspec.json.decode(body, type=_Envelope)
        )
        data = b64decode(envelope.message.data, validate=True)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, NotBase64) as exc:
        shape = "structured CloudEvent" if structured else "push envelope"
        raise NotAMessage(f"the body is no {shape} of Pub/Sub: {exc}") from exc
    return Message(
        data=data,
        attributes=envelope.message.attributes or {},
        message_id=envelope.message.message_id,
        subscription=envelope.subscription,
        delivery_attempt=envelope.delivery_attempt,
    )
