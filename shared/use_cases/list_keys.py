"""A tenant's API keys, as far as they may be shown."""

from shared.domain.api_key import ApiKey
from shared.ports import KeyStore, Position


class ListKeys:
    """GET /v1/keys."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    async def __call__(self, tenant: str, size: int, after: Position | None) -> tuple[list[ApiKey], Position | None]:
        """Up to `size` keys, the newest first, and where the next page begins; None at the end.

        Raises:
            Unavailable: the database does not answer.
        """
        found = [stored.key for stored in await self._keys.of_tenant(tenant, size + 1, after)]
        page = found[:size]
        return page, Position(page[-1].created_at, page[-1].id) if len(found) > size else None
