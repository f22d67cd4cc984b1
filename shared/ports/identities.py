"""Who a Google-signed identity token is about."""

from typing import Protocol


class Identities(Protocol):
    """Checks identity tokens."""

    async def email(self, token: str) -> str | None:
        """The address that the token proves; None where it proves none.

        Raises:
            Unavailable: it cannot be checked now.
        """
        ...
