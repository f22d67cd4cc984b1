"""`accounts/{id}` on Firestore: changed in the commit of the documents that they are charged for, all or nothing.

An optimistic transaction: one read of the documents and their accounts, one commit under the versions that were read,
and both again after a conflict with another process. Those of one process take turns.
"""

import asyncio
from collections.abc import Iterable, Sequence
from random import uniform
from time import monotonic
from typing import Any

import msgspec

from shared.domain.accounts import Account, Charge
from shared.domain.errors import AlreadyExists, Conflict, DarkroomError, Unavailable
from shared.gcp.documents import changes, fields, read_all
from shared.gcp.encoding import creation, update
from shared.gcp.errors import CALL_ERRORS, of_write
from shared.gcp.firestore import Firestore, Snapshot
from shared.gcp.limits import SECONDS
from shared.gcp.turns import Charged, Turns, contended

COLLECTION = "accounts"
FIRST_WAIT, LONGEST_WAIT = 0.02, 1.0  # seconds after a conflict


class Accounts:
    """The accounts of one database."""

    def __init__(self, firestore: Firestore, patience: float = SECONDS) -> None:
        """`patience`: seconds for which conflicts are met with another try."""
        self._firestore = firestore
        self._patience = patience
        self._turns = Turns(self._write, patience)

    async def commit(self, charge: Charge, document: str, version: object, writes: Sequence[Any]) -> object:
        """Make the writes, the first of which is `document`'s, and charge its accounts; gives its new version.

        `version` is the one that it must have; None: it must not exist.

        Raises:
            AlreadyExists: it is there.
            Conflict: it has another version, or is gone.
            OutcomeUnknown: the answer was lost.
            Unavailable: nothing was written; the database does not answer, or too many charge the same account.
            Rejected: what a rule of the charge raised; nothing was written.
        """
        return await self._turns(Charged(charge, document, version, writes))

    async def read(self, ids: Sequence[str]) -> Sequence[Account]:
        """See AccountReader.read."""
        found = await self._read(map(self._name, ids))
        return [_account(found.get(self._name(account)), account) for account in ids]

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
            batch: list[Any] = []
            written = await self._fit(left, batch)
            if not written:
                break
            try:
                versions = await self._firestore.write(batch)
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
                    one.done(versions[position])

    async def _fit(self, wanted: list[Charged], batch: list[Any]) -> list[tuple[Charged, int]]:
        """Put into `batch` what can be written as things are now, each with its position in it; others are answered."""
        names = {account: self._name(account) for account in wanted[0].charge}
        found = await self._read([*(one.document for one in wanted), *names.values()])
        before = {account: _account(found.get(name), account) for account, name in names.items()}
        after, written = dict(before), dict[str, tuple[Charged, int]]()
        for one in wanted:
            if one.document in written:  # twice the same: the second meets what the first has made
                continue
            try:
                _check(one, found.get(one.document))
                after |= {account: rule(after[account]) for account, rule in one.charge.items()}
            except DarkroomError as error:
                one.failed(error)
                continue
            written[one.document] = one, len(batch)
            batch.extend(one.writes)
        for account, name in names.items() if written else ():
            snapshot = found.get(name)
            if snapshot is None:
                batch.append(creation(name, fields(after[account])))
            elif after[account] != before[account]:
                batch.append(update(name, changes(before[account], after[account]), snapshot.version))
        return list(written.values())

    async def _read(self, names: Iterable[str]) -> dict[str, Snapshot]:
        return await read_all(self._firestore, list(dict.fromkeys(names)))

    def _name(self, account: str) -> str:
        return self._firestore.name_of(COLLECTION, account)


def _check(one: Charged, found: Snapshot | None) -> None:
    if one.version is None and found:
        raise AlreadyExists(one.document)
    if one.version is not None and (found is None or found.version != one.version):
        raise Conflict(one.document)


def _account(found: Snapshot | None, account: str) -> Account:
    return msgspec.convert(found.fields, Account) if found else Account(id=account)
