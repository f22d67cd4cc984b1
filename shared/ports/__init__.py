"""What the core needs from outside: one Protocol a need, one adapter each in `shared/gcp`."""

from shared.ports.clock import Clock
from shared.ports.deliveries import DeliveryStore, StoredDelivery, WebhookSender
from shared.ports.identities import Identities
from shared.ports.images import ImageStore, StoredObject
from shared.ports.jobs import JobStore, Position, RenderChange, Stored, StoredRender
from shared.ports.keys import KeyStore, StoredKey
from shared.ports.ledger import Ledger
from shared.ports.parents import ParentStore, StoredParent
from shared.ports.processor import ImageProcessor, Processed
from shared.ports.provider import Checkpoint, Given, ImageProvider, Outcome, Picture
from shared.ports.queue import JobQueue
from shared.ports.stores import Stores
from shared.ports.tenants import StoredTenant, Tenants, TenantStore

__all__ = [
    "Checkpoint",
    "Clock",
    "DeliveryStore",
    "Given",
    "Identities",
    "ImageProcessor",
    "ImageProvider",
    "ImageStore",
    "JobQueue",
    "JobStore",
    "KeyStore",
    "Ledger",
    "Outcome",
    "ParentStore",
    "Picture",
    "Position",
    "Processed",
    "RenderChange",
    "Stored",
    "StoredDelivery",
    "StoredKey",
    "StoredObject",
    "StoredParent",
    "StoredRender",
    "StoredTenant",
    "Stores",
    "TenantStore",
    "Tenants",
    "WebhookSender",
]
