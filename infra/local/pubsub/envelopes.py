"""What a push carries: an envelope, raw or as a CloudEvent in binary mode, or the data alone.

Source: https://cloud.google.com/pubsub/docs/push#receive_push,
https://cloud.google.com/pubsub/docs/payload-unwrapping and, for the CloudEvent, what an Eventarc trigger of
a function sends: https://googleapis.github.io/google-cloudevents/examples/binary/pubsub/
"""

import base64
import json
from typing import Any

from infra.local.pubsub.configs import PUSH_FORMAT
from infra.local.pubsub.messages import Message

_ALWAYS = {"user-agent": "CloudPubSub-Google", "from": "noreply@google.com"}


def request_of(
    message: Message, attempt: int | None, subscription: Any, default_format: str
) -> tuple[dict[str, str], bytes]:
    """The headers and the body of one push; `attempt` is None where it is not told."""
    push = subscription.push_config
    if push.WhichOneof("wrapper") == "no_wrapper":
        headers = _metadata(message, attempt, subscription.name) if push.no_wrapper.write_metadata else {}
        return _ALWAYS | headers, message.body.data
    headers = {"content-type": "application/json"}
    if push.attributes.get(PUSH_FORMAT, default_format) == "cloudevent":
        headers |= {
            "ce-id": message.body.message_id,
            "ce-source": f"//pubsub.googleapis.com/{message.topic}",
            "ce-specversion": "1.0",
            "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
            "ce-time": message.publish_time,
        }
    return _ALWAYS | headers, _envelope(message, attempt, subscription.name)


def _envelope(message: Message, attempt: int | None, subscription: str) -> bytes:
    body = message.body
    inner: dict[str, Any] = {
        # Both spellings are what the real service sends.
        "messageId": body.message_id,
        "message_id": body.message_id,
        "publishTime": message.publish_time,
        "publish_time": message.publish_time,
    }
    if body.data:
        inner["data"] = base64.b64encode(body.data).decode()
    if body.attributes:
        inner["attributes"] = dict(body.attributes)
    if body.ordering_key:
        inner["orderingKey"] = body.ordering_key
    envelope: dict[str, Any] = {"message": inner, "subscription": subscription}
    if attempt is not None:
        envelope["deliveryAttempt"] = attempt
    return json.dumps(envelope).encode()


def _metadata(message: Message, attempt: int | None, subscription: str) -> dict[str, str]:
    headers = dict(message.body.attributes)
    headers |= {
        "x-goog-pubsub-subscription-name": subscription,
        "x-goog-pubsub-message-id": message.body.message_id,
        "x-goog-pubsub-publish-time": message.publish_time,
    }
    if message.body.ordering_key:
        headers["x-goog-pubsub-ordering-key"] = message.body.ordering_key
    if attempt is not None:
        headers["x-goog-pubsub-delivery-attempt"] = str(attempt)
    return headers
