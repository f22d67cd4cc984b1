"""What is counted of tenants, projects and users, read; it is changed by the stores that charge for what they write."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.accounts import Account


class AccountReader(Protocol):
    """`accounts/{id}`."""

    async def read(self, ids: Sequence[str]) -> Sequence[Account]:
        """The accounts of these ids, in their order; one that nothing was ever charged to is empty.

        Raises:
            Unavailable: the database does not answer.
        """
        ...
