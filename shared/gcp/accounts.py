"""`accounts/{id}` on Firestore: changed in the commit of the document that they are charged for, all or nothing.

An optimistic transaction: one read of the document and its accounts, one commit under the versions that were read, and
both again after a conflict. Those of one process take turns, so that they never conflict with each other.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from random import uniform
from time import monotonic
from typing import Any
from weakref import WeakValueDictionary

import msgspec
from google.cloud.firestore_v1.async_client import AsyncClient

from shared.domain.accounts import Account, Charge
from shared.domain.errors import AlreadyExists, Conflict, Unavailable
from shared.gcp.documents import changes, fields, plain
from shared.gcp.errors import CALL_ERRORS, of_write, refused
from shared.gcp.limits import READ, SECONDS, WRITE

COLLECTION = "accounts"
FIRST_WAIT, LONGEST_WAIT = 0.02, 1.0  # seconds after a conflict


class Accounts:
    """The accounts of one database."""

    def __init__(self, firestore: AsyncClient) -> None:
        self._firestore = firestore
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def commit(self, charge: Charge, document: Any, version: object, add: Callable[[Any], None]) -> object:
        """Write `document`, by what `add` puts into a batch, and charge its accounts; gives its new version.

        `version` is the one that it must have; None: it must not exist.

        Raises:
            AlreadyExists: it is there.
            Conflict: it has another version, or is gone.
            OutcomeUnknown: the answer was lost.
            Unavailable: nothing was written; the database does not answer, or too many charge the same account.
            Rejected: what a rule of the charge raised; nothing was written.
        """
        give_up = monotonic() + SECONDS
        async with self._turn(charge):
            wait = FIRST_WAIT
            while True:
                batch = self._firestore.batch()
                add(batch)
                await self._charged(batch, charge, document, version)
                try:
                    results = await batch.commit(**WRITE)
                except CALL_ERRORS as exc:
                    error = of_write(exc)
                    if not isinstance(error, Conflict):
                        raise error from exc
                    if monotonic() + wait > give_up:
                        raise _contended() from exc
                else:
                    return results[0].update_time
                await asyncio.sleep(uniform(wait / 2, wait))  # noqa: S311 - jitter is no secret
                wait = min(2 * wait, LONGEST_WAIT)

    async def _charged(self, batch: Any, charge: Charge, document: Any, version: object) -> None:
        """Put into `batch` what the charge makes of the accounts, as they and the document are now."""
        collection = self._firestore.collection(COLLECTION)
        references = [collection.document(account) for account in charge]
        try:
            read = [found async for found in self._firestore.get_all([document, *references], **READ)]
        except CALL_ERRORS as exc:
            raise refused("Firestore", exc) from exc
        found = {snapshot.reference.path: snapshot for snapshot in read}
        _check(found[document.path], version)
        for reference, (account, rule) in zip(references, charge.items(), strict=True):
            snapshot = found[reference.path]
            if not snapshot.exists:
                batch.create(reference, fields(rule(Account(id=account))))
                continue
            before = _account(snapshot.to_dict())
            after = rule(before)
            if after != before:
                option = self._firestore.write_option(last_update_time=snapshot.update_time)
                batch.update(reference, changes(before, after), option=option)

    @asynccontextmanager
    async def _turn(self, accounts: Iterable[str]) -> AsyncIterator[None]:
        locks = [self._turns.setdefault(account, asyncio.Lock()) for account in sorted(accounts)]
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(SECONDS):
                    for lock in locks:
                        await held.enter_async_context(lock)
            except TimeoutError as exc:
                raise _contended() from exc
            yield


def _check(snapshot: Any, version: object) -> None:
    if version is None and snapshot.exists:
        raise AlreadyExists(snapshot.reference.path)
    if version is not None and (not snapshot.exists or snapshot.update_time != version):
        raise Conflict(snapshot.reference.path)


def _account(document: Mapping[str, Any]) -> Account:
    return msgspec.convert(plain(document), Account)


def _contended() -> Unavailable:
    text = "Too many jobs are counted on the same account at once: nothing was written. Please repeat."
    return Unavailable("contended", text, retry_after=1)
