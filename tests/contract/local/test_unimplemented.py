"""Every method that Google's clients can call is there, or says by its full name that it is not."""

from typing import Any

import grpc
import httpx
import pytest
from google.cloud.aiplatform_v1.services.prediction_service.transports import PredictionServiceGrpcTransport
from google.cloud.aiplatform_v1beta1.services.prediction_service.transports import (
    PredictionServiceGrpcTransport as PredictionServiceBetaGrpcTransport,
)
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.schema_service.transports import SchemaServiceGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from infra.local.rpc import Method, methods_of
from tests.processes import RunningCloud

IMPLEMENTED = {
    "google.firestore.v1.Firestore": {
        "BatchGetDocuments", "BatchWrite", "BeginTransaction", "Commit", "CreateDocument", "DeleteDocument",
        "GetDocument", "ListCollectionIds", "ListDocuments", "Listen", "Rollback", "RunAggregationQuery", "RunQuery",
        "UpdateDocument", "Write",
    },
    "google.pubsub.v1.Publisher": {
        "CreateTopic", "DeleteTopic", "DetachSubscription", "GetTopic", "ListTopicSubscriptions", "ListTopics",
        "Publish", "UpdateTopic",
    },
    "google.pubsub.v1.Subscriber": {
        "Acknowledge", "CreateSubscription", "DeleteSubscription", "GetSubscription", "ListSubscriptions",
        "ModifyAckDeadline", "ModifyPushConfig", "Pull", "StreamingPull", "UpdateSubscription",
    },
    "google.cloud.aiplatform.v1.PredictionService": {"Predict"},
    "google.cloud.aiplatform.v1beta1.PredictionService": {"Predict"},
}  # fmt: skip
TRANSPORTS = {
    FirestoreGrpcTransport: "firestore",
    PublisherGrpcTransport: "pubsub",
    SubscriberGrpcTransport: "pubsub",
    SchemaServiceGrpcTransport: "pubsub",
    PredictionServiceGrpcTransport: "vertex",
    PredictionServiceBetaGrpcTransport: "vertex",
}
METHODS = {
    (service, method.path): method for transport, service in TRANSPORTS.items() for method in methods_of(transport)
}


def refusal(host: str, method: Method | str) -> str | None:
    """The words with which a call with an empty request is UNIMPLEMENTED; None if it is not."""
    path = method if isinstance(method, str) else method.path
    streams = not isinstance(method, str) and method.server_streams
    channel: Any
    with grpc.insecure_channel(host) as channel:
        try:
            if streams:
                list(channel.stream_stream(path)(iter([b""]), timeout=60))
            else:
                channel.unary_unary(path)(b"", timeout=60)
        except grpc.RpcError as refused:
            return refused.details() if refused.code() is grpc.StatusCode.UNIMPLEMENTED else None
    return None


@pytest.mark.parametrize(("service", "path"), METHODS, ids=[path for _, path in METHODS])
def test_every_method_is_implemented_or_says_that_it_is_not(cloud: RunningCloud, service: str, path: str) -> None:
    """Firestore, Publisher, Subscriber, SchemaService and PredictionService, with IAM, locations and operations."""
    owner, _, name = path.lstrip("/").partition("/")
    words = refusal(cloud.host(service), METHODS[service, path])
    assert (words == f"{path} is not implemented here") is (name not in IMPLEMENTED.get(owner, ()))


def test_every_method_said_to_be_implemented_is_one() -> None:
    """The list above has no name that the clients do not know."""
    listed = {f"/{owner}/{name}" for owner, names in IMPLEMENTED.items() for name in names}
    assert listed <= {path for _, path in METHODS}


@pytest.mark.parametrize("service", ["firestore", "pubsub", "vertex"])
def test_an_unknown_service_is_refused_by_name(cloud: RunningCloud, service: str) -> None:
    """Also another version of a known one."""
    for path in ("/google.firestore.admin.v1.FirestoreAdmin/CreateIndex", "/google.firestore.v1beta1.Firestore/Commit"):
        assert refusal(cloud.host(service), path) == f"{path} is not implemented here"


@pytest.mark.parametrize("variable", ["STORAGE_EMULATOR_HOST", "GOOGLE_VERTEX_BASE_URL", "LOCAL_CLOUD_CONTROL"])
@pytest.mark.parametrize("verb", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_refused_by_name(cloud: RunningCloud, variable: str, verb: str) -> None:
    """501 with the verb and the path."""
    path = "/storage/v9/what"
    answer = httpx.request(verb, cloud.environment[variable] + path)
    assert answer.status_code == 501
    assert f"{verb} {path} is not implemented" in answer.json()["error"]["message"]
