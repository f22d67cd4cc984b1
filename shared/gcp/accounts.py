"""`accounts/{id}` on Firestore: changed in the commit of the documents that they are charged for, all or nothing.

An optimistic transaction: one read of the documents and their accounts, one commit under the versions that were read,
and both again after a conflict with another process. Those of one process take turns.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from random import uniform
from time import monotonic
from typing import Any

import msgspec
from google.cloud.firestore_v1.async_client import AsyncClient

from shared.domain.accounts import Account, Charge
from shared.domain.errors import AlreadyExists, Conflict, DarkroomError, Unavailable
from shared.gcp.documents import changes, fields, plain
from shared.gcp.errors import CALL_ERRORS, of_write, refused
from shared.gcp.limits import READ, SECONDS, WRITE
from shared.gcp.turns import Charged, Turns, contended

COLLECTION = "accounts"
FIRST_WAIT, LONGEST_WAIT = 0.02, 1.0  # seconds after a conflict


class Accounts:
    """The accounts of one database."""

    def __init__(self, firestore: AsyncClient, patience: float = SECONDS) -> None:
        """`patience`: seconds for which conflicts are met with another try."""
        self._firestore = firestore
        self._patience = patience
        self._collection: Any = firestore.collection(COLLECTION)
        self._turns = Turns(self._write, patience)

    async def commit(self, charge: Charge, document: Any, version: object, add: Callable[[Any], None]) -> object:
        """Write `document`, by what `add` puts into a batch, and charge its accounts; gives its new version.

        `version` is the one that it must have; None: it must not exist. What `add` puts first is that document's.

        Raises:
            AlreadyExists: it is there.
            Conflict: it has another version, or is gone.
            OutcomeUnknown: the answer was lost.
            Unavailable: nothing was written; the database does not answer, or too many charge the same account.
            Rejected: what a rule of the charge raised; nothing was written.
        """
        return await self._turns(Charged(charge, document, version, add))

    async def read(self, ids: Sequence[str]) -> Sequence[Account]:
        """See AccountReader.read."""
        references = [self._collection.document(account) for account in ids]
        found = await self._read(references)
        return [_account(found[reference.path], reference.id) for reference in references]

    async def _write(self, wanted: list[Charged]) -> None:
        """Answer each of the writes; those that are fit for it are made in one commit."""
        try:
            await self._committed(wanted)
        except Exception as exc:  # noqa: BLE001 - whatever it is, is told to those who wait for an answer
            for one in wanted:
                one.failed(exc)

    async def _committed(self, wanted: list[Charged]) -> None:
        give_up, wait = monotonic() + self._patience, FIRST_WAIT
        while left := [one for one in wanted if not one.answer.done()]:
            batch = self._firestore.batch()
            written = await self._fit(left, batch)
            if not written:
                break
            try:
                results = await batch.commit(**WRITE)
            except CALL_ERRORS as exc:
                error = of_write(exc)
                if isinstance(error, Unavailable) and len(written) > 1:
                    for one in left:  # what one of them is refused for is not the others' concern
                        await self._write([one])
                    break
                if not isinstance(error, Conflict):
                    raise error from exc
                if monotonic() + wait > give_up:
                    raise contended() from exc
                await asyncio.sleep(uniform(wait / 2, wait))  # noqa: S311 - jitter is no secret
                wait = min(2 * wait, LONGEST_WAIT)
            else:
                for one, position in written:
                    one.done(results[position].update_time)

    async def _fit(self, wanted: list[Charged], batch: Any) -> list[tuple[Charged, int]]:
        """Put into `batch` what can be written as things are now, each with its position in it; others are answered."""
        references = [self._collection.document(account) for account in wanted[0].charge]
        found = await self._read([*(one.document for one in wanted), *references])
        before = {reference.id: _account(found[reference.path], reference.id) for reference in references}
        after, written = dict(before), dict[str, tuple[Charged, int]]()
        for one in wanted:
            if one.document.path in written:  # twice the same: the second meets what the first has made
                continue
            try:
                _check(found[one.document.path], one.version)
                after |= {account: rule(after[account]) for account, rule in one.charge.items()}
            except DarkroomError as error:
                one.failed(error)
                continue
            written[one.document.path] = one, len(batch)
            one.add(batch)
        for reference in references if written else ():
            self._change(batch, found[reference.path], before[reference.id], after[reference.id])
        return list(written.values())

    async def _read(self, references: Iterable[Any]) -> dict[str, Any]:
        once = {reference.path: reference for reference in references}
        try:
            read = [found async for found in self._firestore.get_all(list(once.values()), **READ)]
        except CALL_ERRORS as exc:
            raise refused("Firestore", exc) from exc
        return {snapshot.reference.path: snapshot for snapshot in read}

    def _change(self, batch: Any, snapshot: Any, before: Account, after: Account) -> None:
        if not snapshot.exists:
            batch.create(snapshot.reference, fields(after))
        elif after != before:
            option = self._firestore.write_option(last_update_time=snapshot.update_time)
            batch.update(snapshot.reference, changes(before, after), option=option)


def _check(snapshot: Any, version: object) -> None:
    if version is None and snapshot.exists:
        raise AlreadyExists(snapshot.reference.path)
    if version is not None and (not snapshot.exists or snapshot.update_time != version):
        raise Conflict(snapshot.reference.path)


def _account(snapshot: Any, account: str) -> Account:
    return msgspec.convert(plain(snapshot.to_dict()), Account) if snapshot.exists else Account(id=account)
