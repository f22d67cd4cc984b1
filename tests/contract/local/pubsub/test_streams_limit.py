"""The walls that Google's front end has."""

from typing import Any

import grpc
import pytest
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from infra.local.rpc import MAX_STREAMS, methods_of
from tests.contract.local.pubsub.broker import PubSub
from tests.contract.local.pubsub.requests import Requests
from tests.processes import RunningCloud

(STREAMING_PULL,) = (method for method in methods_of(SubscriberGrpcTransport) if method.name == "StreamingPull")


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
