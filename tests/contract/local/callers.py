"""One call of each service that has an effect, with what tells whether the effect took place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import grpc
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.aiplatform_v1.services.prediction_service import PredictionServiceClient
from google.cloud.aiplatform_v1.services.prediction_service.transports import PredictionServiceGrpcTransport
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.protobuf import json_format, struct_pb2
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from tests.processes import RunningCloud

SECONDS = 30.0
MODEL = "projects/p/locations/us-central1/publishers/google/models/imagen-4.0-generate-001"
OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1)]  # a connection of its own


@dataclass(frozen=True)
class Caller:
    """A client of one service at one of its doors; it never tries again by itself."""

    service: str
    method: str
    call: Callable[[], object]
    effects: Callable[[], int] | None = None  # how many calls took effect so far; None: a picture leaves no trace
    over_grpc: bool = True

    @property
    def counted(self) -> str:
        """The method as the counts name it."""
        return f"{self.service}.{self.method}"


@contextmanager
def firestore(cloud: RunningCloud, project: str) -> Iterator[Caller]:
    """A commit that creates a document."""
    database = f"projects/{project}/databases/(default)"

    def create() -> object:
        write = {
            "update": {"name": f"{database}/documents/things/{uuid4().hex}"},
            "current_document": {"exists": False},
        }
        return client.commit({"database": database, "writes": [write]}, retry=None, timeout=SECONDS)

    def there() -> int:
        parent = f"{database}/documents"
        return len(list(client.list_documents({"parent": parent, "collection_id": "things"}, timeout=SECONDS)))

    with grpc.insecure_channel(cloud.host("firestore"), options=OPTIONS) as channel:
        client = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
        yield Caller("firestore", "Commit", create, there)


@contextmanager
def pubsub(cloud: RunningCloud, project: str) -> Iterator[Caller]:
    """A publication."""
    topic, subscription = f"projects/{project}/topics/told", f"projects/{project}/subscriptions/told"

    def publish() -> object:
        return publisher.publish(topic=topic, messages=[{"data": b"x"}], retry=None, timeout=SECONDS)

    def owed() -> int:
        arrived = subscriber.pull(subscription=subscription, max_messages=100, timeout=SECONDS).received_messages
        ids = [message.ack_id for message in arrived]
        subscriber.modify_ack_deadline(subscription=subscription, ack_ids=ids, ack_deadline_seconds=0, timeout=SECONDS)
        return len(ids)

    with grpc.insecure_channel(cloud.host("pubsub"), options=OPTIONS) as channel:
        publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        publisher.create_topic(name=topic, timeout=SECONDS)
        subscriber.create_subscription(name=subscription, topic=topic, timeout=SECONDS)
        yield Caller("pubsub", "Publish", publish, owed)


@contextmanager
def cloud_storage(cloud: RunningCloud, project: str) -> Iterator[Caller]:
    """An upload."""
    host = {"api_endpoint": cloud.host("storage")}
    client = storage.Client(project=project, credentials=AnonymousCredentials(), client_options=host)
    bucket = client.create_bucket(project)

    def upload() -> object:
        return bucket.blob(uuid4().hex).upload_from_string(b"x", retry=None, timeout=SECONDS)

    def there() -> int:
        return len(list(bucket.list_blobs(timeout=SECONDS)))

    yield Caller("storage", "objects.insert", upload, there, over_grpc=False)
    client.close()


@contextmanager
def vertex_grpc(cloud: RunningCloud, _: str) -> Iterator[Caller]:
    """A picture, over gRPC."""
    with grpc.insecure_channel(cloud.host("vertex"), options=OPTIONS) as channel:
        client = PredictionServiceClient(transport=PredictionServiceGrpcTransport(channel=channel))
        yield Caller("vertex", "Predict", predict_by(client))


@contextmanager
def vertex_http(cloud: RunningCloud, _: str) -> Iterator[Caller]:
    """A picture, over HTTP."""
    options = ClientOptions(api_endpoint=cloud.environment["GOOGLE_VERTEX_BASE_URL"])
    client = PredictionServiceClient(transport="rest", credentials=AnonymousCredentials(), client_options=options)
    yield Caller("vertex", "Predict", predict_by(client), over_grpc=False)


def predict_by(client: PredictionServiceClient) -> Callable[[], object]:
    """What asks for a picture."""
    instance = json_format.ParseDict({"prompt": "a red fox"}, struct_pb2.Value())
    return lambda: client.predict(endpoint=MODEL, instances=[instance], retry=None, timeout=SECONDS)


CALLERS = {
    "firestore": firestore,
    "pubsub": pubsub,
    "storage": cloud_storage,
    "vertex-grpc": vertex_grpc,
    "vertex-http": vertex_http,
}
