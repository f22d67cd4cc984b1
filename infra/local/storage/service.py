"""Cloud Storage as one HTTP service."""

from infra.local.kernel import Kernel
from infra.local.rest import HttpService
from infra.local.storage.buckets import Buckets
from infra.local.storage.listing import Listing
from infra.local.storage.objects import Objects
from infra.local.storage.store import Store
from infra.local.storage.uploads import Uploads


def storage_service(kernel: Kernel) -> HttpService:
    """The operations of Cloud Storage; what none of them answers is refused by name."""
    store = Store(kernel)
    service = HttpService(kernel, "storage")
    for part in (Buckets(store), Listing(store), Objects(store), Uploads(store)):
        part.offer(service)
    return service
