"""Random histories of one subscription, held against what must be true of all of them."""

import random
from typing import Any

import pytest

from tests.contract.local.pubsub.broker import PubSub
from tests.processes import RunningCloud

MESSAGES = 120
KEYS = ("a", "b", "c", "d")


class Subscriber:
    """Pulls, and acknowledges, refuses or forgets at random."""

    def __init__(self, pubsub: PubSub, name: str, cloud: RunningCloud, seed: int) -> None:
        self._pubsub = pubsub
        self._name = name
        self._cloud = cloud
        self._random = random.Random(seed)  # noqa: S311 - seeded, so that a failure can be repeated
        self.acknowledged: set[str] = set()

    def round(self) -> list[Any]:
        """One pull with its answers; gives what was pulled."""
        received = self._pubsub.pull_now(most=self._random.randint(1, 30))
        answers: dict[str, list[str]] = {"ack": [], "nack": [], "forget": []}
        for one in received:
            answer = self._random.choices(["ack", "nack", "forget"], [8, 1, 1])[0]
            answers[answer].append(one.ack_id)
            if answer == "ack":
                self.acknowledged.add(one.message.message_id)
        order = ["ack", "nack"]
        self._random.shuffle(order)
        for answer in order:
            if answers[answer]:
                self._answer(answer, answers[answer])
        if self._random.random() < 0.3 or not received:
            self._cloud.control.advance(10)
        return received

    def _answer(self, answer: str, ack_ids: list[str]) -> None:
        if answer == "ack":
            self._pubsub.subscriber.acknowledge(subscription=self._name, ack_ids=ack_ids)
        else:
            self._pubsub.subscriber.modify_ack_deadline(
                subscription=self._name, ack_ids=ack_ids, ack_deadline_seconds=0
            )


@pytest.mark.parametrize("seed", range(4))
def test_every_message_is_delivered_until_acknowledged(pubsub: PubSub, cloud: RunningCloud, seed: int) -> None:
    """None is lost, and none comes after its acknowledgement."""
    topic = pubsub.topic()
    name = pubsub.subscription()
    ids = pubsub.api.publish(topic=topic, messages=[{"data": b"x"}] * MESSAGES).message_ids
    subscriber = Subscriber(pubsub, name, cloud, seed)
    while subscriber.acknowledged != set(ids):
        before = set(subscriber.acknowledged)
        received = [one.message.message_id for one in subscriber.round()]
        assert not before.intersection(received)
        assert len(set(received)) == len(received)
    cloud.control.advance(600)
    assert pubsub.pull_now() == []


@pytest.mark.parametrize("seed", range(4))
def test_every_key_is_delivered_in_order(pubsub: PubSub, cloud: RunningCloud, seed: int) -> None:
    """Each pull continues a key where all before are done, or repeats it from a message that failed."""
    topic = pubsub.topic()
    name = pubsub.subscription(enable_message_ordering=True)
    position: dict[str, tuple[str, int]] = {}
    for number in range(MESSAGES):
        key = KEYS[number % len(KEYS)]
        message = {"data": b"x", "ordering_key": key}
        (identity,) = pubsub.api.publish(topic=topic, messages=[message]).message_ids
        position[identity] = (key, number // len(KEYS))
    subscriber = Subscriber(pubsub, name, cloud, seed)
    reached = dict.fromkeys(KEYS, 0)  # the first of each key that was never delivered
    for _ in range(2000):
        if not (received := subscriber.round()) and subscriber.acknowledged == set(position):
            break
        for key in KEYS:
            places = [position[one.message.message_id][1] for one in received if one.message.ordering_key == key]
            if places:
                assert places == list(range(places[0], places[0] + len(places)))
                assert places[0] <= reached[key]
                reached[key] = max(reached[key], places[-1] + 1)
    assert set(reached.values()) == {MESSAGES // len(KEYS)}
    cloud.control.advance(600)
    assert [one for one in pubsub.pull_now() if one.message.message_id not in subscriber.acknowledged] == []
