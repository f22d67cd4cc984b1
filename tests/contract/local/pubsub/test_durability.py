"""What survives `kill -9` of the local cloud."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import grpc
from google.api_core.exceptions import GoogleAPICallError
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from tests.contract.local.pubsub.broker import PubSub
from tests.contract.local.pubsub.endpoint import Endpoint
from tests.contract.local.pubsub.waiting import until
from tests.processes import local_cloud

TIMEOUT = 10


@dataclass(frozen=True)
class KillablePubSub(PubSub):
    """With the process that serves it."""

    process: "subprocess.Popen[str]"

    def kill(self) -> None:
        """End it with -9, now."""
        self.process.kill()

    def pull_all(self) -> list[Any]:
        """All messages that are there."""
        found: list[Any] = []
        while received := self.pull_now():
            found.extend(received)
        return found


@contextmanager
def running(folder: Path, project: str) -> Iterator[KillablePubSub]:
    """A local Pub/Sub on `folder`; killed with -9 at the end of the block, as `local_cloud` always does."""
    with (
        local_cloud("--services", "pubsub", "--data", os.fspath(folder)) as cloud,
        grpc.insecure_channel(cloud.host("pubsub")) as channel,
    ):
        publisher: Any = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        subscriber: Any = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        yield KillablePubSub(publisher, subscriber, publisher, project, cloud.process)


def publish(pubsub: PubSub, *data: bytes) -> list[str]:
    """Publish in one request; gives the ids."""
    messages = [{"data": one} for one in data]
    return list(
        pubsub.api.publish(topic=pubsub.topic_name(), messages=messages, retry=None, timeout=TIMEOUT).message_ids
    )


def test_what_was_published_survives(tmp_path: Path, project: str) -> None:
    """Topics, subscriptions and every message whose publication was answered, and nothing acknowledged."""
    with running(tmp_path, project) as pubsub:
        pubsub.topic()
        subscription = pubsub.subscription()
        identities = [publish(pubsub, str(number).encode())[0] for number in range(50)]
        (first,) = pubsub.pull(most=1)
        pubsub.subscriber.acknowledge(subscription=subscription, ack_ids=[first.ack_id])
    with running(tmp_path, project) as pubsub:
        left = pubsub.pull()
        assert [received.message.message_id for received in left] == identities[1:]
        (new,) = publish(pubsub, b"new")
        assert int(new) > int(identities[-1])


def test_a_kill_in_the_middle_of_publishing_loses_nothing_answered(tmp_path: Path, project: str) -> None:
    """Every message whose publication was answered is delivered after the restart, and none twice."""
    answered: list[str] = []

    def publish_until_killed(pubsub: PubSub) -> None:
        try:
            while True:
                answered.extend(publish(pubsub, b"x"))
        except GoogleAPICallError:
            return

    with running(tmp_path, project) as pubsub:
        pubsub.topic()
        pubsub.subscription()
        publishers = [Thread(target=publish_until_killed, args=[pubsub]) for _ in range(4)]
        for thread in publishers:
            thread.start()
        until(lambda: len(answered) > 300, "300 publications")
        pubsub.kill()
        for thread in publishers:
            thread.join()
    with running(tmp_path, project) as pubsub:
        left = [received.message.message_id for received in pubsub.pull_all()]
    assert set(answered) <= set(left)
    assert len(set(left)) == len(left)


def test_an_ack_id_of_before_the_crash_still_counts(tmp_path: Path, project: str) -> None:
    """What a subscriber finished while the service was down need not be done again."""
    with running(tmp_path, project) as pubsub:
        pubsub.topic()
        subscription = pubsub.subscription()
        publish(pubsub, b"1", b"2")
        received = pubsub.pull()
    with running(tmp_path, project) as pubsub:
        pubsub.subscriber.acknowledge(subscription=subscription, ack_ids=[one.ack_id for one in received])
        assert pubsub.pull_now() == []
    with running(tmp_path, project) as pubsub:
        assert pubsub.pull_now() == []


def test_attempts_are_counted_across_a_crash(tmp_path: Path, project: str) -> None:
    """A poisonous message reaches the dead-letter topic even if the service keeps dying."""
    with running(tmp_path, project) as pubsub:
        pubsub.topic()
        pubsub.topic("dead")
        policy = {"dead_letter_topic": pubsub.topic_name("dead"), "max_delivery_attempts": 5}
        subscription = pubsub.subscription(dead_letter_policy=policy)
        publish(pubsub, b"poison")
        (received,) = pubsub.pull()
        pubsub.subscriber.modify_ack_deadline(
            subscription=subscription, ack_ids=[received.ack_id], ack_deadline_seconds=0
        )
    with running(tmp_path, project) as pubsub:
        (received,) = pubsub.pull()
        assert received.delivery_attempt == 2


def test_pushes_go_on_after_a_crash(tmp_path: Path, project: str, endpoint: Endpoint) -> None:
    """What was not acknowledged before is delivered after, in the same subscription."""
    endpoint.answer = lambda _: 500
    with running(tmp_path, project) as pubsub:
        pubsub.push_to(endpoint.url)
        (identity,) = publish(pubsub, b"survivor")
        endpoint.wait(1)
    endpoint.answer = lambda _: 204
    before = len(endpoint.pushes)
    with running(tmp_path, project):
        assert endpoint.wait(before + 1)[-1].envelope["message"]["messageId"] == identity
