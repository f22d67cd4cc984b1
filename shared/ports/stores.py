"""The collections of the database, together."""

from typing import NamedTuple

from shared.ports.accounts import AccountReader
from shared.ports.controls import ControlStore
from shared.ports.deliveries import DeliveryStore
from shared.ports.endpoints import EndpointStore
from shared.ports.jobs import JobStore
from shared.ports.keys import KeyStore
from shared.ports.ledger import Ledger
from shared.ports.parents import ParentStore
from shared.ports.tenants import TenantStore
from shared.ports.upload_keys import UploadKeyStore


class Stores(NamedTuple):
    """One adapter a collection, on one connection."""

    jobs: JobStore
    deliveries: DeliveryStore
    ledger: Ledger
    tenants: TenantStore
    keys: KeyStore
    batches: ParentStore
    controls: ControlStore
    endpoints: EndpointStore
    upload_keys: UploadKeyStore
    accounts: AccountReader
