"""What a provider tells the job while it works, in a list."""

from collections.abc import Callable, Sequence

from shared.domain.errors import ProviderError
from shared.ports import Clock, Given, Picture


class FakeCheckpoint:
    """Remembers; may be told to refuse. Waits are those of the clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.failed: list[ProviderError] = []  # the calls that were followed by another, by how they ended
        self.booked: list[int | None] = []  # what each further call is to cost
        self.operations: list[str] = []
        self.pictures: list[Picture] = []  # those that came before the others
        self.on_submitted: Callable[[], None] = lambda: None

    async def paying_again(self, after: ProviderError, estimate: int | None) -> None:
        """See Checkpoint.paying_again."""
        self.failed.append(after)
        self.booked.append(estimate)

    def came(self, pictures: Sequence[Picture]) -> None:
        """See Checkpoint.came."""
        self.pictures.extend(pictures)

    async def link(self, given: Given) -> str:
        """See Checkpoint.link."""
        return given.uri.replace("gs://", "https://links.test/")

    async def submitted(self, operation: str) -> None:
        """See Checkpoint.submitted."""
        self.on_submitted()
        self.operations.append(operation)

    async def wait(self, seconds: float) -> None:
        """See Checkpoint.wait."""
        await self._clock.sleep(seconds)
