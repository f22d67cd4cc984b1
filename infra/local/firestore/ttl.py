"""Time to live: documents whose time is past are deleted, as the deployed policies say."""

import logging

from infra.local.clock import Clock
from infra.local.firestore.commits import Committer
from infra.local.firestore.database import Database, Scope
from infra.local.firestore.definitions import TtlPolicy
from infra.local.firestore.indexes import Component
from infra.local.firestore.messages import Value, Write, set_time
from infra.local.firestore.paths import NAME
from infra.local.firestore.store import Store
from infra.local.firestore.values import LAST, TIMESTAMP, encode
from infra.local.rpc import RpcError

INTERVAL = 1.0  # seconds by the kernel's clock between two looks; Google's takes up to a day
_BATCH = 500  # documents of one commit


_LOG = logging.getLogger(__name__)


async def run_ttl(store: Store, committer: Committer, clock: Clock, policies: tuple[TtlPolicy, ...]) -> None:
    """Delete what expires, until cancelled."""
    while True:
        for database in store.databases():
            for policy in policies:
                try:
                    delete_expired(database, committer, policy, clock.now())
                except RpcError:
                    _LOG.exception("the TTL policy on %s is tried again", policy.collection_group)
        await clock.sleep(INTERVAL)


def delete_expired(database: Database, committer: Committer, policy: TtlPolicy, now: int) -> int:
    """Delete the documents of one policy that have expired; gives how many."""
    index = database.index(
        Scope("group", policy.collection_group), (Component(policy.path, "up"), Component(NAME, "up"))
    )
    moment = Value()
    set_time(moment.timestamp_value, now)
    expired = list(index.scan(bytes([TIMESTAMP]), encode(moment) + LAST, backwards=False))
    for start in range(0, len(expired), _BATCH):
        paths = expired[start : start + _BATCH]
        committer.commit(database, [Write(delete=f"{database.root}/{path}") for path in paths])
    return len(expired)
