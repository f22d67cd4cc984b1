"""What is not implemented says so, by its full name, and the walls that Google's front end has."""

from typing import Any

import grpc
import pytest
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.schema_service.transports import SchemaServiceGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from infra.local.rpc import MAX_STREAMS, Method, methods_of
from tests.contract.local.pubsub.broker import PubSub
from tests.contract.local.pubsub.requests import Requests
from tests.processes import RunningCloud

IMPLEMENTED = {
    "CreateTopic", "UpdateTopic", "Publish", "GetTopic", "ListTopics", "ListTopicSubscriptions", "DeleteTopic",
    "DetachSubscription", "CreateSubscription", "GetSubscription", "UpdateSubscription", "ListSubscriptions",
    "DeleteSubscription", "ModifyAckDeadline", "Acknowledge", "Pull", "StreamingPull", "ModifyPushConfig",
}  # fmt: skip
METHODS = {
    method.path: method
    for transport in (PublisherGrpcTransport, SubscriberGrpcTransport, SchemaServiceGrpcTransport)
    for method in methods_of(transport)
}


STREAMING_PULL = METHODS["/google.pubsub.v1.Subscriber/StreamingPull"]


def refusal(channel: Any, method: Method) -> str | None:
    """The words with which a call of the method is UNIMPLEMENTED; None if it is not."""
    empty = method.request().SerializeToString()
    try:
        if method.server_streams:
            list(channel.stream_stream(method.path)(iter([empty]), timeout=10))
        else:
            channel.unary_unary(method.path)(empty, timeout=10)
    except grpc.RpcError as refused:
        return refused.details() if refused.code() is grpc.StatusCode.UNIMPLEMENTED else None
    return None


def test_every_method_is_implemented_or_says_that_it_is_not(cloud: RunningCloud) -> None:
    """By its full name; all methods of the three services that Google's client can call, IAM's among them."""
    with grpc.insecure_channel(cloud.host("pubsub")) as channel:
        refused = {path: refusal(channel, method) for path, method in METHODS.items()}
    assert {path for path, words in refused.items() if words and path in words} == {
        path for path, method in METHODS.items() if method.name not in IMPLEMENTED
    }
    assert [words for path, words in refused.items() if words and path not in words] == []


def test_a_connection_carries_a_hundred_streams(pubsub: PubSub, cloud: RunningCloud) -> None:
    """The call after that waits for a free one, until its deadline."""
    pubsub.topic()
    name = pubsub.subscription()
    options = [("grpc.use_local_subchannel_pool", 1)]  # a connection of this channel's own
    channel: Any
    with grpc.insecure_channel(cloud.host("pubsub"), options) as channel:
        opening = channel.stream_stream(
            STREAMING_PULL.path, lambda request: STREAMING_PULL.request(**request).SerializeToString()
        )
        requests = [Requests(subscription=name) for _ in range(MAX_STREAMS)]
        streams = [opening(iter(one)) for one in requests]
        cloud.control.reset_counts()
        getting = channel.unary_unary("/google.pubsub.v1.Publisher/GetTopic")
        with pytest.raises(grpc.RpcError) as refused:
            getting(b"", timeout=1)
        assert refused.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert "pubsub.GetTopic" not in cloud.control.counts()
        for one in requests:
            one.close()
        for stream in streams:
            stream.cancel()
