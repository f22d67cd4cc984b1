"""Where it is kept which webhooks' receivers want no more."""

from typing import Protocol

from shared.domain.endpoint import Endpoint


class EndpointStore(Protocol):
    """`endpoints/{id}`: of two that change one at once, the later one counts."""

    async def get(self, endpoint_id: str) -> Endpoint | None:
        """Read a receiver that wants no more; None: it takes what it is sent.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def disable(self, endpoint: Endpoint) -> None:
        """Keep that it wants no more.

        Raises:
            OutcomeUnknown, Unavailable: as JobStore.create; to be repeated.
        """
        ...

    async def enable(self, endpoint_id: str) -> None:
        """Forget that it wanted no more; one that is not there is no error.

        Raises:
            OutcomeUnknown, Unavailable: as JobStore.create; to be repeated.
        """
        ...
