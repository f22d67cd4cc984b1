"""Every store there is, as a fake, together."""

from typing import Any

from shared.ports import Stores
from tests.fakes.accounts import FakeAccounts
from tests.fakes.control_store import FakeControlStore
from tests.fakes.delivery_store import FakeDeliveryStore
from tests.fakes.endpoint_store import FakeEndpointStore
from tests.fakes.job_store import FakeJobStore
from tests.fakes.key_store import FakeKeyStore
from tests.fakes.ledger import FakeLedger
from tests.fakes.parent_store import FakeParentStore
from tests.fakes.tenant_store import FakeTenantStore
from tests.fakes.upload_key_store import FakeUploadKeyStore


def fake_stores(**named: Any) -> Stores:
    """New and empty ones, but for those that are named."""
    fresh: dict[str, Any] = {
        "jobs": FakeJobStore(),
        "deliveries": FakeDeliveryStore(),
        "ledger": FakeLedger([]),
        "tenants": FakeTenantStore(),
        "keys": FakeKeyStore(),
        "batches": FakeParentStore(),
        "controls": FakeControlStore(),
        "endpoints": FakeEndpointStore(),
        "upload_keys": FakeUploadKeyStore(),
        "accounts": FakeAccounts(),
    }
    return Stores(**fresh | named)
