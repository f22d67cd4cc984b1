"""The generated asynchronous clients, as functions use them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.api_core.exceptions import NotFound
from google.pubsub_v1 import PublisherAsyncClient, SubscriberAsyncClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcAsyncIOTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcAsyncIOTransport

from tests.processes import RunningCloud


@pytest.fixture
async def clients(cloud: RunningCloud) -> AsyncIterator[tuple[Any, Any]]:
    """A publisher and a subscriber on one channel."""
    async with grpc.aio.insecure_channel(cloud.host("pubsub")) as channel:
        yield (
            PublisherAsyncClient(transport=PublisherGrpcAsyncIOTransport(channel=channel)),
            SubscriberAsyncClient(transport=SubscriberGrpcAsyncIOTransport(channel=channel)),
        )


@pytest.fixture
async def names(clients: tuple[Any, Any], project: str) -> tuple[str, str]:
    """A topic and a subscription to it."""
    publisher, subscriber = clients
    topic, subscription = f"projects/{project}/topics/events", f"projects/{project}/subscriptions/worker"
    await publisher.create_topic(name=topic)
    await subscriber.create_subscription(name=subscription, topic=topic)
    return topic, subscription


async def test_publish_pull_and_acknowledge(clients: tuple[Any, Any], names: tuple[str, str]) -> None:
    """Many at once, each exactly once."""
    (publisher, subscriber), (topic, subscription) = clients, names
    answers = await asyncio.gather(
        *(publisher.publish(topic=topic, messages=[{"data": str(number).encode()}]) for number in range(200))
    )
    published = {answer.message_ids[0] for answer in answers}
    pulled = await subscriber.pull(subscription=subscription, max_messages=1000)
    assert {received.message.message_id for received in pulled.received_messages} == published
    ack_ids = [received.ack_id for received in pulled.received_messages]
    await subscriber.acknowledge(subscription=subscription, ack_ids=ack_ids)


async def test_a_stream_hands_messages_over_as_they_come(clients: tuple[Any, Any], names: tuple[str, str]) -> None:
    """And takes acknowledgements in the same stream."""
    (publisher, subscriber), (topic, subscription) = clients, names
    acks: asyncio.Queue[list[str]] = asyncio.Queue()

    async def requests() -> AsyncIterator[dict[str, Any]]:
        yield {"subscription": subscription, "stream_ack_deadline_seconds": 10, "max_outstanding_messages": 1}
        while ack_ids := await acks.get():
            yield {"ack_ids": ack_ids}

    stream = aiter(await subscriber.streaming_pull(requests=requests()))
    for number in range(5):
        await publisher.publish(topic=topic, messages=[{"data": str(number).encode()}])
        (received,) = (await anext(stream)).received_messages
        assert received.message.data == str(number).encode()
        acks.put_nowait([received.ack_id])
    acks.put_nowait([])
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_errors_are_the_librarys_own(clients: tuple[Any, Any], project: str) -> None:
    """NotFound, as from the synchronous client."""
    publisher, _ = clients
    with pytest.raises(NotFound):
        await publisher.publish(topic=f"projects/{project}/topics/missing", messages=[{"data": b"x"}])


async def test_lists_are_paged_asynchronously(clients: tuple[Any, Any], names: tuple[str, str], project: str) -> None:
    """Across pages."""
    publisher, _ = clients
    for number in range(4):
        await publisher.create_topic(name=f"projects/{project}/topics/topic-{number}")
    pager = await publisher.list_topics(request={"project": f"projects/{project}", "page_size": 2})
    listed = [topic.name async for topic in pager]
    assert listed == sorted([names[0], *(f"projects/{project}/topics/topic-{number}" for number in range(4))])
