"""Every store on one Firestore client."""

from shared.config import Settings
from shared.gcp.accounts import Accounts
from shared.gcp.control_store import FirestoreControlStore
from shared.gcp.delivery_store import FirestoreDeliveryStore
from shared.gcp.documents import client
from shared.gcp.endpoint_store import FirestoreEndpointStore
from shared.gcp.job_store import FirestoreJobStore
from shared.gcp.key_store import FirestoreKeyStore
from shared.gcp.ledger import FirestoreLedger
from shared.gcp.parent_store import BATCHES, FirestoreParentStore
from shared.gcp.tenant_store import FirestoreTenantStore
from shared.gcp.upload_key_store import FirestoreUploadKeyStore
from shared.ports import Stores


def stores_of(settings: Settings) -> Stores:
    """The stores of this deployment's database. To be made inside the event loop.

    Raises:
        MissingSetting: it is not said which project's.
    """
    firestore = client(settings.need("google_cloud_project"), settings.firestore_database)
    return Stores(
        jobs=FirestoreJobStore(firestore),
        deliveries=FirestoreDeliveryStore(firestore),
        ledger=FirestoreLedger(firestore),
        tenants=FirestoreTenantStore(firestore),
        keys=FirestoreKeyStore(firestore),
        batches=FirestoreParentStore(firestore, BATCHES),
        controls=FirestoreControlStore(firestore),
        endpoints=FirestoreEndpointStore(firestore),
        upload_keys=FirestoreUploadKeyStore(firestore),
        accounts=Accounts(firestore),
    )
