"""Pub/Sub's three gRPC services on one port."""

from google.pubsub_v1.services.publisher.transports.grpc import PublisherGrpcTransport
from google.pubsub_v1.services.schema_service.transports.grpc import SchemaServiceGrpcTransport
from google.pubsub_v1.services.subscriber.transports.grpc import SubscriberGrpcTransport

from infra.local.kernel import Kernel
from infra.local.pubsub.broker import Broker
from infra.local.pubsub.publisher import Publisher
from infra.local.pubsub.pull import Pulling
from infra.local.pubsub.subscriber import Subscriptions
from infra.local.rpc import Registration

# What a list of unimplemented methods and refused fields does not tell.
DIFFERENCES = (
    "Subscriptions do not expire: `expiration_policy` is kept and shown, no more.",
    "A push endpoint may be `http`; a push carries no OIDC token, and `push_config.oidc_token` is refused.",
    "`push_config.attributes` takes `x-local-push-format`: `cloudevent`, as an event trigger delivers, or `raw`.",
    "An answer of 102 does not acknowledge a push: the final answer to the request does.",
    "Acknowledged messages are deleted at once: `retain_acked_messages` is refused, and nothing can be replayed.",
    "A pull without messages waits 5 s; a streaming pull is never ended by the server of itself.",
    "How fast the push window grows, and its pauses after failures, follow Google's description with numbers of ours.",
)


class Subscriber(Subscriptions, Pulling):
    """google.pubsub.v1.Subscriber as a whole."""


class PubSub:
    """The broker with what speaks for it. To be made within the event loop."""

    def __init__(self, kernel: Kernel, push_format: str) -> None:
        self._broker = Broker(kernel, push_format)
        self.registrations = (
            Registration("pubsub", PublisherGrpcTransport, Publisher(self._broker)),
            Registration("pubsub", SubscriberGrpcTransport, Subscriber(self._broker)),
            Registration("pubsub", SchemaServiceGrpcTransport, object()),  # nothing of it is implemented
        )

    async def close(self) -> None:
        """Stop all deliveries, before the disk is closed."""
        await self._broker.close()
