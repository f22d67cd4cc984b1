"""Accounts in a dictionary, charged by the fakes of the stores."""

from collections.abc import Iterator, Sequence

from shared.domain.accounts import Account, Charge


class FakeAccounts:
    """What the fakes of one database share."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    def apply(self, charge: Charge | None) -> None:
        """Charge all of the accounts or, where a rule raises, none."""
        changed = {account: rule(self[account]) for account, rule in (charge or {}).items()}
        self._accounts |= changed

    async def read(self, ids: Sequence[str]) -> Sequence[Account]:
        """See AccountReader.read."""
        return [self[account] for account in ids]

    def __getitem__(self, account: str) -> Account:
        """The account as it is now."""
        return self._accounts.get(account) or Account(id=account)

    def __iter__(self) -> Iterator[Account]:
        """All that were ever charged."""
        return iter(self._accounts.values())
