"""A receiver of webhooks that answers as the test has written down for it."""

import asyncio
from collections import deque

from shared.domain.delivery import Try
from shared.ports import Clock


class FakeWebhookSender:
    """Answers 204, unless `then` planned other statuses (None: no answer)."""

    def __init__(self, clock: Clock) -> None:
        self.sent: list[tuple[str, str, str]] = []  # url, webhook-id, payload
        self.signed_by: list[tuple[str, ...]] = []  # for each of them, the tenant's own secrets
        self._clock = clock
        self._planned: deque[int | None] = deque()

    def then(self, *statuses: int | None) -> None:
        """Plan the next answers."""
        self._planned.extend(statuses)

    def recover(self) -> None:
        """Plan nothing more."""
        self._planned.clear()

    async def send(self, url: str, webhook_id: str, payload: str, secrets: tuple[str, ...] = ()) -> Try:
        """See WebhookSender.send."""
        await asyncio.sleep(0)
        self.sent.append((url, webhook_id, payload))
        self.signed_by.append(secrets)
        status = self._planned.popleft() if self._planned else 204
        return Try(at=self._clock.now(), status=status, error="" if status else "no answer", duration_ms=1)
