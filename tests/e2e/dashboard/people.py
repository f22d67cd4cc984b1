"""Who looks at the dashboard in the tests: a tenant of their own, a key to it, and the API by that key."""

from datetime import UTC, datetime
from uuid import uuid4

from shared.domain.api_key import ApiKey, Token, fresh_secret, hash_of
from shared.domain.job import Job
from shared.domain.tenant import Tenant
from shared.gcp.documents import fields
from shared.idempotency import fresh_token
from tests.integration.api import Api
from tests.integration.inside import Inside
from tests.stack import RunningStack

TOGETHER = 500  # documents a commit


class Person:
    """Somebody with a key that opens everything of one tenant."""

    def __init__(self, api: Api, inside: Inside, tenant: str, key: str) -> None:
        self.api = api
        self.inside = inside
        self.tenant = tenant
        self.key = key
        api.http.headers["Authorization"] = f"Bearer {key}"

    def close(self) -> None:
        """Close the connections."""
        self.api.close()

    def has(self, jobs: list[Job]) -> None:
        """These jobs are the tenant's, as the store has them; nobody announced them."""
        database = self.inside.database
        for begin in range(0, len(jobs), TOGETHER):
            batch = database.batch()
            for job in jobs[begin : begin + TOGETHER]:
                batch.create(database.collection("jobs").document(job.id), fields(job))
            batch.commit()


def a_person(running: RunningStack, inside: Inside) -> Person:
    """A new tenant, and whoever has its key."""
    now = datetime.now(UTC)
    tenant = Tenant(id=f"tenant-{uuid4().hex}", created_at=now)
    token = Token(fresh_token(), fresh_secret())
    key = ApiKey(
        id=token.id,
        tenant=tenant.id,
        name="a test",
        scopes=("jobs:read", "jobs:write", "admin"),
        hash=hash_of(token.secret),
        created_at=now,
    )
    inside.database.collection("tenants").document(tenant.id).set(fields(tenant))
    inside.database.collection("api_keys").document(key.id).set(fields(key))
    return Person(Api(running.base_url), inside, tenant.id, str(token))
