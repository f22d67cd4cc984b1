"""What the client's rules ask of the world. The rules are generators of these effects; drivers carry them out.

    rules (calls, attempts, waiting, …)  ──yield effect──>  driver of Client or AsyncClient  ──>  httpx, clock, disk
                                         <──its outcome───

So the rules are written once, and know neither sockets nor an event loop.
"""

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from .errors import NotDarkroom

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    silence: float = 30.0  # seconds: a server that says nothing for so long is given up
    until: float = float("inf")  # on the driver's clock: the answer must be whole by then


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came."""

    asked: str  # such as `GET /v1/jobs`
    status: int
    headers: Mapping[str, str]  # of any case
    content: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether it is no refusal."""
        return 200 <= self.status < 300  # noqa: PLR2004 - as HTTP has it

    @property
    def replayed(self) -> bool:
        """Whether the idempotency key had asked for it before."""
        return self.headers.get("Idempotency-Replayed", "").lower() == "true"

    def json(self) -> dict[str, Any]:
        """The object that it is.

        Raises:
            NotDarkroom: it is none.
        """
        if (found := self.problem()) is not None:
            return found
        text = f"{self.asked.partition(' ')[2]} is not what Darkroom answers: {self.text()[:80]!r}"
        raise NotDarkroom(text, "Check that the address (url, or DARKROOM_URL) is a deployment of Darkroom.")

    def problem(self) -> dict[str, Any] | None:
        """The object that it is, or None."""
        try:
            found = json.loads(self.content)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def text(self) -> str:
        """The body as text."""
        return self.content.decode(errors="replace")


@dataclass(frozen=True)
class Send:
    """Send a request; gives its Answer, whatever its status.

    Raises:
        Unreachable: there is none.
        Timeout: not in time.
    """

    request: Request

    def on(self, line: Any) -> Any:
        """Its outcome, or what to await for it."""
        return line.send(self.request)


@dataclass(frozen=True)
class Open:
    """Send a request whose answer is read piece by piece; gives its Answer, so far without content. As `Send`.

    One at a time: it ends the one before.
    """

    request: Request

    def on(self, line: Any) -> Any:
        """See Send.on."""
        return line.open(self.request)


@dataclass(frozen=True)
class Read:
    """Give the next bytes of what was opened; None at its end. As `Send`."""

    def on(self, line: Any) -> Any:
        """See Send.on."""
        return line.read()


@dataclass(frozen=True)
class Sleep:
    """Wait."""

    seconds: float

    def on(self, line: Any) -> Any:
        """See Send.on."""
        return line.sleep(self.seconds)


@dataclass(frozen=True)
class Do:
    """Give what a function gives that may block, such as one that writes a file."""

    function: Callable[[], Any]

    def on(self, line: Any) -> Any:
        """See Send.on."""
        return line.run(self.function)


@dataclass(frozen=True)
class Give(Generic[T]):
    """Hand out a result."""

    value: T


Effect: TypeAlias = Send | Open | Read | Sleep | Do
Steps: TypeAlias = Generator[Effect, Any, T]  # a call: its result is what it returns
Items: TypeAlias = Generator[Effect | Give[T], Any, None]  # an iteration: its results are given on the way


def ending(steps: Steps[T]) -> Items[T]:
    """A call as an iteration over its one result."""
    yield Give((yield from steps))


class Turns:
    """Goes through an iteration, from effect to effect, telling it what became of each."""

    def __init__(self, steps: Items[Any]) -> None:
        self._steps = steps
        self._outcome: Any = None
        self._error: Exception | None = None

    def next(self) -> Effect | Give[Any] | None:
        """What it asks for next; None at its end."""
        outcome, error, self._outcome, self._error = self._outcome, self._error, None, None
        try:
            return self._steps.send(outcome) if error is None else self._steps.throw(error)
        except StopIteration:
            return None

    @contextmanager
    def taking(self) -> Iterator["Turns"]:
        """An error within the block is told, not raised: the rules decide what it means."""
        try:
            yield self
        except Exception as exc:  # noqa: BLE001 - whichever it is
            self._error = exc

    def take(self, outcome: Any) -> None:
        """What became of the effect."""
        self._outcome = outcome
