"""One gate for each provider and model: every call to a vendor goes through it.

It keeps calls from a model that fails (`breaker.py`), and lets no more through at once than the model takes
(`limit.py`); the others wait in line. It logs how each call ended and how long it took.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from shared.domain.errors import ProviderError
from shared.domain.times import milliseconds
from shared.ports import Clock
from shared.providers.breaker import Breaker
from shared.providers.limit import Limit
from shared.telemetry import Attributes, event, span

# As OpenTelemetry names them; others go by their own names.
VENDORS = {"imagen": "gcp.vertex_ai", "gemini": "gcp.gemini"}
WAIT_AGAIN = 2.0  # seconds, for a job that found no place


class Gate:
    """The way to one model. Of one event loop."""

    def __init__(self, name: str, clock: Clock, provider: str = "") -> None:
        """`name` is the model's."""
        self._name = name
        self._provider = provider
        self._clock = clock
        self._breaker = Breaker(name, clock)
        self._limit = Limit(clock)
        self._at_work = 0
        self._line: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def slot(self, deadline: datetime) -> AsyncIterator[None]:
        """Make one call within the block; how it ends is learnt from what passes out of it.

        Raises:
            ProviderError: no call may be made now, and none was: `circuit_open`, or `provider_busy` once half of the
                time until `deadline` has gone by in the line. Neither counts as an attempt.
        """
        self._breaker.check()
        came = self._clock.now()
        await self._place(deadline)
        end: str | None = None
        code: str | None = None
        try:
            ticket = self._breaker.enter()  # it may have opened meanwhile
            began = self._clock.now()
            try:
                with span(f"generate_content {self._name}", "client", self._asked()):
                    yield
            except ProviderError as error:
                end, code = error.kind, error.code
                raise
            else:
                end = "answered"
            finally:
                self._tell_breaker(ticket, end)
                self._log(end, code, waited=milliseconds(came, began), took=milliseconds(began, self._clock.now()))
        finally:
            self._at_work -= 1
            self._tell_limit(end)
            self._let_in()

    def _asked(self) -> Attributes:
        """Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/; never the prompt."""
        return {
            "gen_ai.operation.name": "generate_content",
            "gen_ai.provider.name": VENDORS.get(self._provider, self._provider) or None,
            "gen_ai.request.model": self._name,
        }

    def _log(self, end: str | None, code: str | None, *, waited: int | None, took: int | None) -> None:
        event(
            "model called",
            level=logging.INFO if end == "answered" else logging.WARNING,
            provider=self._provider,
            model=self._name,
            outcome=end or "given_up",
            failure=code,
            waited_ms=waited,
            duration_ms=took,
        )

    def _tell_breaker(self, ticket: int, end: str | None) -> None:
        if end is None:  # canceled, or a defect of ours
            self._breaker.given_up(ticket)
        elif end == "TEMPORARY":
            self._breaker.failed(ticket)
        else:
            self._breaker.answered(ticket)

    def _tell_limit(self, end: str | None) -> None:
        if end == "RATE_LIMIT":
            self._limit.refused(self._at_work)
        elif end not in {None, "TEMPORARY"}:
            self._limit.answered(self._at_work)

    async def _place(self, deadline: datetime) -> None:
        """Take a place, in turn; the second half of the time is left for the call."""
        if not self._line and self._at_work < self._limit.most:
            self._at_work += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        patience = asyncio.ensure_future(self._clock.sleep((deadline - self._clock.now()).total_seconds() / 2))
        taken = False
        try:
            await asyncio.wait({turn, patience}, return_when=asyncio.FIRST_COMPLETED)
            taken = turn.done()
        finally:
            patience.cancel()
            if not taken:
                self._leave(turn)
        if not taken:
            text = f"{self._name} takes {self._limit.most} calls at once, and others were before this one."
            raise ProviderError("RATE_LIMIT", "provider_busy", text, retry_after=WAIT_AGAIN, counts=False)

    def _leave(self, turn: asyncio.Future[None]) -> None:
        if turn.done():  # let in at the very moment in which it was canceled
            self._at_work -= 1
            self._let_in()
        else:
            self._line.remove(turn)

    def _let_in(self) -> None:
        while self._line and self._at_work < self._limit.most:
            self._line.popleft().set_result(None)
            self._at_work += 1


class Gates:
    """The gates of one instance."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._gates: dict[tuple[str, str], Gate] = {}

    def __call__(self, provider: str, model: str) -> Gate:
        """The gate of that provider's model."""
        key = provider, model
        if key not in self._gates:
            self._gates[key] = Gate(model, self.clock, provider)
        return self._gates[key]
