"""Identity tokens that prove what a table says."""

from collections.abc import Mapping

from shared.domain.errors import Unavailable


class FakeIdentities:
    """Proves the address that its table has for a token; `down` while it cannot say."""

    def __init__(self, emails: Mapping[str, str]) -> None:
        self.down = False
        self._emails = emails

    async def email(self, token: str) -> str | None:
        """See Identities.email."""
        if self.down:
            raise Unavailable("down", "Down.")
        return self._emails.get(token)
