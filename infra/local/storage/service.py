"""Cloud Storage as one HTTP service, and what the control port can set of it."""

from pathlib import Path

from infra.local.kernel import Kernel
from infra.local.rest import HttpService
from infra.local.signer import make_key
from infra.local.storage.absent import ABSENT, offer_refusals
from infra.local.storage.accounts import Accounts
from infra.local.storage.batch import Batch
from infra.local.storage.buckets import Buckets
from infra.local.storage.copies import Copies
from infra.local.storage.cors import JsonService
from infra.local.storage.lifecycle import run_lifecycle
from infra.local.storage.listing import Listing
from infra.local.storage.objects import Objects
from infra.local.storage.resumable import Resumable
from infra.local.storage.store import Store
from infra.local.storage.uploads import Uploads
from infra.local.storage.xml_objects import XmlObjects


class CloudStorage:
    """The service; what it does not offer is refused by name."""

    def __init__(self, kernel: Kernel, signer_key: Path | None = None) -> None:
        """`signer_key` is a service account's key file, made when missing; None: one among the service's files."""
        self.signer_key = signer_key or kernel.disk.files("storage") / "signer.json"
        make_key(self.signer_key)
        self._kernel = kernel
        self._store = store = Store(kernel)
        resumable = Resumable(store)
        self._accounts = Accounts(store.meta, self.signer_key)
        json_api = JsonService(kernel, "storage")
        parts = (Buckets(store), Listing(store), Objects(store), Copies(store), Uploads(store, resumable))
        for part in (*parts, self._accounts):
            part.offer(json_api)
        Batch(json_api).offer()
        json_api.offer_preflight()
        offer_refusals(json_api)
        xml_api = HttpService(kernel, "storage")
        XmlObjects(store, self._accounts, resumable).offer(xml_api)
        self.services = [json_api, xml_api]

    async def run_lifecycle(self) -> None:
        """Delete what the buckets' rules are over with, until cancelled."""
        await run_lifecycle(self._store, self._kernel.clock)

    def operations(self) -> list[str]:
        """The operations that are here, by name."""
        absent = {name for name, _, _ in ABSENT} | {"unknown"}
        return sorted({name for service in self.services for name in service.operations} - absent)

    def control(self) -> HttpService:
        """What is set by the control port: the rights of signers."""
        control = HttpService(self._kernel, "control")
        self._accounts.offer_control(control)
        return control
