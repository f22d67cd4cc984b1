"""A Pub/Sub message out of any of its three shapes."""

from base64 import b64encode
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.triggers import Message, NotAMessage, message_of

ENVELOPE: dict[str, Any] = {
    "message": {"data": "am9iLTE=", "attributes": {"job_id": "job-1"}, "messageId": "7", "publishTime": "x"},
    "subscription": "projects/p/subscriptions/s",
    "deliveryAttempt": 3,
}
EXPECTED = Message(
    data=b"job-1",
    attributes={"job_id": "job-1"},
    message_id="7",
    subscription="projects/p/subscriptions/s",
    delivery_attempt=3,
)
JSON = {"content-type": "application/json"}
BINARY = JSON | {"ce-specversion": "1.0", "ce-type": "google.cloud.pubsub.topic.v1.messagePublished", "ce-id": "7"}
STRUCTURED = {"content-type": "application/cloudevents+json; charset=utf-8"}


def encoded(value: Any) -> bytes:
    """As JSON."""
    return msgspec.json.encode(value)


@pytest.mark.parametrize(
    ("headers", "body"),
    [(JSON, ENVELOPE), (BINARY, ENVELOPE), (STRUCTURED, {"specversion": "1.0", "id": "7", "data": ENVELOPE})],
    ids=["raw", "binary", "structured"],
)
def test_each_shape_gives_the_same_message(headers: dict[str, str], body: Any) -> None:
    """Whatever the subscription sends."""
    assert message_of(headers, encoded(body)) == EXPECTED


def test_a_message_may_have_only_attributes_or_only_data() -> None:
    """What is missing is empty."""
    only = message_of(JSON, encoded({"message": {"attributes": {"a": "b"}, "messageId": "7"}}))
    assert (only.data, only.attributes, only.subscription, only.delivery_attempt) == (b"", {"a": "b"}, None, None)
    only = message_of(JSON, encoded({"message": {"data": "eA==", "attributes": None}}))
    assert (only.data, only.attributes, only.message_id) == (b"x", {}, "")


@given(st.binary(max_size=100), st.dictionaries(st.text(), st.text(), max_size=3))
def test_any_data_and_attributes_come_through(data: bytes, attributes: dict[str, str]) -> None:
    """Byte for byte."""
    message = {"data": b64encode(data).decode(), "attributes": attributes, "messageId": "7"}
    found = message_of(JSON, encoded({"message": message}))
    assert (found.data, found.attributes) == (data, attributes)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (JSON, b""),
        (JSON, b"{"),
        (JSON, b"[]"),
        (JSON, b"{}"),
        (JSON, b'{"message": null}'),
        (JSON, b'{"message": {"data": "not base64!"}}'),
        (JSON, b'{"message": {"data": 5}}'),
        (JSON, b'{"message": {"attributes": {"a": 1}}}'),
        (JSON, b'{"message": {"data": "\xff"}}'),
        (STRUCTURED, encoded(ENVELOPE)),
        (STRUCTURED, encoded({"specversion": "0.3", "data": ENVELOPE})),
        (STRUCTURED, encoded({"specversion": "1.0"})),
        ({}, b"job_id=1"),
    ],
)
def test_what_is_no_message_is_refused(headers: dict[str, str], body: bytes) -> None:
    """By one error, which says what is missing."""
    with pytest.raises(NotAMessage, match=r"the body is no (structured CloudEvent|push envelope) of Pub/Sub: "):
        message_of(headers, body)


@given(st.binary(max_size=200), st.sampled_from([JSON, BINARY, STRUCTURED, {}]))
def test_no_body_breaks_it(body: bytes, headers: dict[str, str]) -> None:
    """A message or a NotAMessage, never anything else."""
    try:
        message_of(headers, body)
    except NotAMessage:
        return
