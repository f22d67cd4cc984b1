"""The README's chapters on the four services."""

from collections.abc import Iterable

from google.cloud.aiplatform_v1.services.prediction_service.transports.grpc import PredictionServiceGrpcTransport
from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport
from google.pubsub_v1.services.publisher.transports.grpc import PublisherGrpcTransport
from google.pubsub_v1.services.schema_service.transports.grpc import SchemaServiceGrpcTransport
from google.pubsub_v1.services.subscriber.transports.grpc import SubscriberGrpcTransport

from infra.local.firestore import absent as firestore_absent
from infra.local.firestore.service import Firestore
from infra.local.kernel import Kernel
from infra.local.pubsub import configs
from infra.local.pubsub import service as pubsub_service
from infra.local.pubsub.publisher import Publisher
from infra.local.readme import limits
from infra.local.readme.tables import bullets, methods, operations, table
from infra.local.rpc import methods_of
from infra.local.storage.absent import ABSENT, DIFFERENCES, NOT_ACTED_UPON
from infra.local.storage.service import CloudStorage
from infra.local.vertex import service as vertex_service
from infra.local.vertex.gemini_request import MISSING
from infra.local.vertex.markers import MARKERS
from infra.local.vertex.models import MODELS, RETIRED


def firestore() -> Iterable[str]:
    """Firestore."""
    yield methods((methods_of(FirestoreGrpcTransport), Firestore)) + "\n"
    yield "Refused as UNIMPLEMENTED, by name:\n"
    yield bullets(f"`{name}`: {what}" for name, what in firestore_absent.REFUSED.items()) + "\n"
    yield from _end(firestore_absent.DIFFERENCES, limits.FIRESTORE)


def pubsub() -> Iterable[str]:
    """Pub/Sub."""
    parts = (
        (PublisherGrpcTransport, Publisher),
        (SubscriberGrpcTransport, pubsub_service.Subscriber),
        (SchemaServiceGrpcTransport, object),
    )
    yield methods(*((methods_of(transport), answers) for transport, answers in parts)) + "\n"
    yield "Fields refused as UNIMPLEMENTED, by name:\n"
    refused = {
        "Topic": configs.TOPIC_REFUSED,
        "Subscription": configs.SUBSCRIPTION_REFUSED,
        "PushConfig": configs.PUSH_REFUSED,
    }
    yield bullets(f"`{kind}`: {_names(names)}" for kind, names in refused.items()) + "\n"
    yield from _end(pubsub_service.DIFFERENCES, limits.PUBSUB)


def storage(service: CloudStorage) -> Iterable[str]:
    """Cloud Storage."""
    there = set(service.operations())
    yield operations(each for part in service.services for each in part.offered if each.operation in there) + "\n"
    yield "Operations refused as UNIMPLEMENTED, by name:\n"
    absent: dict[str, list[str]] = {}
    for name, _, _ in ABSENT:
        kind, _, operation = name.rpartition(".")
        absent.setdefault(kind, []).append(operation)
    yield bullets(f"`{kind}`: {_names(names)}" for kind, names in sorted(absent.items())) + "\n"
    yield "Kept and given back, without an effect:\n"
    yield bullets(NOT_ACTED_UPON) + "\n"
    yield from _end(DIFFERENCES, limits.STORAGE)


def vertex(kernel: Kernel) -> Iterable[str]:
    """Vertex AI."""
    registration, http, studio = vertex_service.build(kernel)
    studio.close()
    yield methods((methods_of(PredictionServiceGrpcTransport), registration.answers)) + "\n"
    yield operations(http.offered) + "\n"
    yield "Models:\n"
    rows = [
        (
            f"`{name}`",
            ", ".join(sorted(model.tasks)) or ("text and images" if model.images else "text"),
            ", ".join(model.sizes) if model.tasks or model.images else "–",
            "`global` alone" if model.global_only else "any",
        )
        for name, model in MODELS.items()
    ]
    yield table(("model", "does", "sizes", "location"), rows) + "\n"
    yield f"Retired, and not found as the real ones are not: {_names(RETIRED)}.\n"
    yield "Fields of Gemini's requests that are refused as UNIMPLEMENTED, by name:\n"
    yield bullets(f"{f'`{where}`' if where else 'the request'}: {_names(names)}" for where, names in MISSING.items())
    yield "\nWords in a prompt that provoke what is hard to come by; they are no part of the picture:\n"
    marked = [
        (f"`[[{marker.name}]]`", f"`{marker.methods}`".replace(", ", "`, `"), marker.effect) for marker in MARKERS
    ]
    yield table(("marker", "of", "effect"), marked) + "\n"
    yield from _end(vertex_service.DIFFERENCES, ())


def _end(differences: Iterable[str], kept: Iterable[str]) -> Iterable[str]:
    yield "Different from the real one:\n"
    yield bullets(differences) + "\n"
    if kept := list(kept):
        yield "Limits:\n"
        yield bullets(kept) + "\n"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
