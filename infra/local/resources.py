"""`python -m infra.local.resources`: topics, push subscriptions and the bucket, made through Google's own clients.

They go to whatever `PUBSUB_EMULATOR_HOST` and `STORAGE_EMULATOR_HOST` say: the local cloud, or any other emulator.
What is already there is brought up to date. Reads also `GOOGLE_CLOUD_PROJECT`, `GCS_BUCKET_NAME` (no bucket when
empty), `LEASE_SECONDS`, `GENERATE_URL` and `NOTIFY_URL`, where the subscriptions deliver, and `LOCAL_SIGNER_KEY`, a
key file that is made when missing.
"""

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from google.api_core.exceptions import AlreadyExists, Conflict, GoogleAPIError
from google.cloud import pubsub_v1, storage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.pubsub_v1.types import DeadLetterPolicy, PushConfig, RetryPolicy, Subscription

from infra.local.ports import answers
from infra.local.signer import make_key

NEEDED = ("GOOGLE_CLOUD_PROJECT", "GENERATE_URL", "PUBSUB_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")
LANES = ("jobs-interactive", "jobs-batch")
EVENTS = "job-events"
DEAD_LETTERS = "jobs-dead-letters"
# Locally a job that failed need not wait for Pub/Sub's usual ten seconds before it is delivered again.
BACK_OFF = RetryPolicy(minimum_backoff=Duration(seconds=1), maximum_backoff=Duration(seconds=600))
MAX_DELIVERIES = 100  # the most that Pub/Sub allows
NOTIFY_SECONDS = 60  # a webhook's receiver is given less
CHANGEABLE = FieldMask(paths=["push_config", "ack_deadline_seconds", "retry_policy", "dead_letter_policy"])
UPLOADS = "inputs/"  # where clients' uploads lie; a job that uses one takes a copy
# Pages of any origin may send uploads: locally the signature is all that is asked for, as it is what counts.
CORS = [
    {
        "origin": ["*"],
        "method": ["GET", "HEAD", "PUT"],
        "responseHeader": ["Content-Type", "Content-MD5", "x-goog-content-length-range", "x-goog-if-generation-match"],
        "maxAgeSeconds": 3600,
    }
]
TIMEOUT_SECONDS = 10
READY_SECONDS = 30


def main() -> int:
    """Make everything; 1 with words on standard error where a service does not answer or refuses."""
    if missing := [name for name in NEEDED if not os.environ.get(name)]:
        print(f"set {', '.join(missing)} first", file=sys.stderr)
        return 1
    project = os.environ["GOOGLE_CLOUD_PROJECT"]
    lease = int(float(os.environ.get("LEASE_SECONDS") or 180))
    if key := os.environ.get("LOCAL_SIGNER_KEY"):
        make_key(Path(key))
    try:
        _await("PUBSUB_EMULATOR_HOST")
        with Broker(project) as broker:
            for topic in (*LANES, DEAD_LETTERS, EVENTS):
                broker.topic(topic)
            for lane in LANES:
                broker.push(lane, "generate", os.environ["GENERATE_URL"], lease + 20)
            if url := os.environ.get("NOTIFY_URL"):
                broker.push(EVENTS, "notify", url, NOTIFY_SECONDS)
        _await("STORAGE_EMULATOR_HOST")
        if bucket := os.environ.get("GCS_BUCKET_NAME"):
            make_bucket(project, bucket)
    except (GoogleAPIError, TimeoutError) as exc:
        print(f"{type(exc).__name__}: {exc}", file=sys.stderr)
        return 1
    return 0


def subscriptions(project: str, lease_seconds: int) -> list[Subscription]:
    """The push subscriptions: of each lane to `GENERATE_URL`, of the job's events to `NOTIFY_URL` where it is set."""
    lanes = [
        _subscription(project, f"jobs-{lane}", "generate", os.environ["GENERATE_URL"], lease_seconds + 20)
        for lane in LANES
    ]
    if notify_url := os.environ.get("NOTIFY_URL"):
        lanes.append(_subscription(project, EVENTS, "notify", notify_url, NOTIFY_SECONDS))
    return lanes


def _subscription(project: str, topic: str, function: str, url: str, ack_deadline_seconds: int) -> Subscription:
    return Subscription(
        name=f"projects/{project}/subscriptions/{topic}-{function}",
        topic=f"projects/{project}/topics/{topic}",
        push_config=PushConfig(push_endpoint=url),
        ack_deadline_seconds=ack_deadline_seconds,
        retry_policy=BACK_OFF,
        dead_letter_policy=DeadLetterPolicy(
            dead_letter_topic=f"projects/{project}/topics/{DEAD_LETTERS}", max_delivery_attempts=MAX_DELIVERIES
        ),
    )


class Broker:
    """Topics and push subscriptions of a project, by Google's clients."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._publisher, self._subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._publisher.stop()
        self._subscriber.close()

    def topic(self, name: str) -> None:
        """Make the topic unless it is there."""
        with contextlib.suppress(AlreadyExists):
            self._publisher.create_topic(name=self._topic(name), timeout=TIMEOUT_SECONDS)

    def push(self, topic: str, function: str, url: str, ack_deadline_seconds: int) -> None:
        """Have the topic's messages delivered to the function at `url`: at another port than last time, maybe."""
        subscription = Subscription(
            name=f"projects/{self._project}/subscriptions/{topic}-{function}",
            topic=self._topic(topic),
            push_config=PushConfig(push_endpoint=url),
            ack_deadline_seconds=ack_deadline_seconds,
            retry_policy=BACK_OFF,
            dead_letter_policy=DeadLetterPolicy(
                dead_letter_topic=self._topic(DEAD_LETTERS), max_delivery_attempts=MAX_DELIVERIES
            ),
        )
        try:
            self._subscriber.create_subscription(request=subscription, timeout=TIMEOUT_SECONDS)
        except AlreadyExists:
            change = {"subscription": subscription, "update_mask": CHANGEABLE}
            self._subscriber.update_subscription(request=change, timeout=TIMEOUT_SECONDS)

    def _topic(self, name: str) -> str:
        return f"projects/{self._project}/topics/{name}"


def make_bucket(project: str, name: str) -> None:
    """The bucket of the images, in which uploads that no job has used go after a day; pages may send and read them."""
    client = storage.Client(project=project)
    bucket = client.bucket(name)
    bucket.add_lifecycle_delete_rule(age=1, matches_prefix=[UPLOADS])
    bucket.cors = CORS
    try:
        client.create_bucket(bucket, timeout=TIMEOUT_SECONDS)
    except Conflict:
        found = client.get_bucket(name, timeout=TIMEOUT_SECONDS)
        if [list(found.lifecycle_rules), found.cors] != [list(bucket.lifecycle_rules), CORS]:
            found.lifecycle_rules, found.cors = bucket.lifecycle_rules, CORS
            found.patch(timeout=TIMEOUT_SECONDS)
    finally:
        client.close()


def _await(variable: str) -> None:
    """Wait until the service answers: a gRPC client that comes too early backs off for a second."""
    address = os.environ[variable]
    parts = urlsplit(address if "://" in address else f"//{address}")
    deadline = time.monotonic() + READY_SECONDS
    while not answers(parts.port or 80, parts.hostname or "127.0.0.1"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{variable}={address} does not answer")
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())
