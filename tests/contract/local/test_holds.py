"""Calls that are held before or after their effect, and the trace of what arrived."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import httpx
import pytest
from google.api_core.exceptions import NotFound
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from tests.processes import RunningCloud
from tests.waiting import until


@pytest.fixture
def bucket(cloud: RunningCloud, project: str) -> str:
    """A new bucket."""
    storage = cloud.host("storage")
    httpx.post(f"{storage}/storage/v1/b?project={project}", json={"name": project}).raise_for_status()
    return project


@pytest.fixture
def publisher(cloud: RunningCloud) -> Iterator[PublisherClient]:
    """Google's client."""
    channel = grpc.insecure_channel(cloud.host("pubsub"))
    yield PublisherClient(transport=PublisherGrpcTransport(channel=channel))
    channel.close()


def _upload(cloud: RunningCloud, bucket: str, name: str) -> str:
    return f"{cloud.host('storage')}/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}"


def _is_there(cloud: RunningCloud, bucket: str, name: str) -> bool:
    return httpx.get(f"{cloud.host('storage')}/storage/v1/b/{bucket}/o/{name}").is_success


def test_a_held_request_goes_on_when_the_rule_ends(cloud: RunningCloud, bucket: str) -> None:
    """Nothing is stored before that, and everything after."""
    with ThreadPoolExecutor(1) as threads:
        with cloud.control.fault("storage", "objects.insert", effect="hold") as fault:
            answer = threads.submit(httpx.post, _upload(cloud, bucket, "held"), content=b"x", timeout=60)
            until(lambda: cloud.control.hits(fault))
            assert not _is_there(cloud, bucket, "held")
        assert answer.result().status_code == 200
    assert _is_there(cloud, bucket, "held")


def test_a_held_request_ends_with_its_caller(cloud: RunningCloud, bucket: str) -> None:
    """Who asked is gone when the rule ends: there is no late effect."""
    url = httpx.URL(_upload(cloud, bucket, "gone"))
    with cloud.control.fault("storage", "objects.insert", effect="hold") as fault:
        with socket.create_connection((url.host, url.port or 80)) as caller:
            caller.sendall(b"POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx" % url.raw_path)
            until(lambda: cloud.control.hits(fault))
        before = cloud.control.counts()["storage.objects.insert"]
    httpx.post(_upload(cloud, bucket, "later"), content=b"x").raise_for_status()
    assert cloud.control.counts()["storage.objects.insert"] == before + 1
    assert not _is_there(cloud, bucket, "gone")


def test_a_held_answer_has_had_its_effect(cloud: RunningCloud, bucket: str) -> None:
    """The object is there while its writer still waits."""
    with ThreadPoolExecutor(1) as threads:
        with cloud.control.fault("storage", "objects.insert", effect="hold_response"):
            answer = threads.submit(httpx.post, _upload(cloud, bucket, "told"), content=b"x", timeout=60)
            until(lambda: _is_there(cloud, bucket, "told"))
            assert not answer.done()
        assert answer.result().status_code == 200


def test_a_held_rpc_ends_with_its_caller(cloud: RunningCloud, publisher: PublisherClient, project: str) -> None:
    """It has no effect when the rule ends."""
    topic = f"projects/{project}/topics/held"
    with cloud.control.fault("pubsub", "CreateTopic", effect="hold", containing=[project]) as fault:
        with pytest.raises(Exception, match="Deadline"):
            publisher.create_topic(name=topic, timeout=2, retry=None)
        assert cloud.control.hits(fault) == 1
    with pytest.raises(NotFound):
        publisher.get_topic(topic=topic, timeout=60)


def test_an_rpc_whose_answer_is_held_has_had_its_effect(
    cloud: RunningCloud, publisher: PublisherClient, project: str
) -> None:
    """A topic is there though nobody was told."""
    topic = f"projects/{project}/topics/told"
    with (
        cloud.control.fault("pubsub", "CreateTopic", effect="hold_response", containing=[project]),
        pytest.raises(Exception, match="Deadline"),
    ):
        publisher.create_topic(name=topic, timeout=2, retry=None)
    assert publisher.get_topic(topic=topic, timeout=60).name == topic


def test_a_rule_strikes_only_what_contains_its_words(
    cloud: RunningCloud, publisher: PublisherClient, project: str
) -> None:
    """The request is read as the trace shows it."""
    words = [project, "/topics/b"]
    with cloud.control.fault("pubsub", "GetTopic", code="PERMISSION_DENIED", containing=words) as fault:
        for name in ("a", "b", "c"):
            with pytest.raises(Exception, match="403" if name == "b" else "404"):
                publisher.get_topic(topic=f"projects/{project}/topics/{name}", timeout=60)
        assert cloud.control.hits(fault) == 1


def test_a_delivery_is_told_by_its_message(cloud: RunningCloud, publisher: PublisherClient, project: str) -> None:
    """Of two messages, the one with the words is dropped."""
    topic, subscription = f"projects/{project}/topics/told-by", f"projects/{project}/subscriptions/told-by"
    publisher.create_topic(name=topic, timeout=60)
    channel = grpc.insecure_channel(cloud.host("pubsub"))
    subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
    subscriber.create_subscription(name=subscription, topic=topic, timeout=60)
    words = [f'topic: "{topic}"', 'data: "a"']
    with cloud.control.fault("pubsub", "Deliver", effect="drop", containing=words) as fault:
        publisher.publish(topic=topic, messages=[{"data": b"a"}, {"data": b"b"}], timeout=60)
        answer = subscriber.pull(subscription=subscription, max_messages=10, timeout=60)
        assert [received.message.data for received in answer.received_messages] == [b"b"]
        assert cloud.control.hits(fault) == 1
    channel.close()


def test_the_trace_has_the_calls_in_their_order(cloud: RunningCloud, publisher: PublisherClient, bucket: str) -> None:
    """Of all services, with what they were about and the port they came from; kept only within the block."""
    with cloud.control.tracing() as calls:
        publisher.create_topic(name=f"projects/{bucket}/topics/traced", timeout=60)
        httpx.post(_upload(cloud, bucket, "traced"), content=b"x").raise_for_status()
        publisher.delete_topic(topic=f"projects/{bucket}/topics/traced", timeout=60)
        own = [call for call in calls() if bucket in call["about"]]
    assert [call["method"] for call in own] == ["CreateTopic", "objects.insert", "DeleteTopic"]
    assert own[0]["about"] == f'name: "projects/{bucket}/topics/traced"'
    assert own[1]["about"] == f"POST /upload/storage/v1/b/{bucket}/o?uploadType=media&name=traced"
    assert own[0]["peer"] == own[2]["peer"] != own[1]["peer"]
    assert [call["at"] for call in own] == sorted(call["at"] for call in own)
