"""What goes wrong in a fake, and when: told beforehand, struck once."""

from collections import deque
from collections.abc import Callable

Meanwhile = Callable[[], None]


class Failures:
    """The faults of one fake, by the name of the method."""

    def __init__(self) -> None:
        self._before: dict[str, deque[BaseException | Meanwhile]] = {}
        self._after: dict[str, deque[BaseException | None]] = {}

    def refuse(self, method: str, error: BaseException, times: int = 1) -> None:
        """Let the next `times` calls of `method` fail before they have an effect."""
        self._before.setdefault(method, deque()).extend([error] * times)

    def lose_answer(self, method: str, error: BaseException, times: int = 1, skip: int = 0) -> None:
        """Let the next `times` calls of `method`, after `skip` of them, take effect, and then fail."""
        self._after.setdefault(method, deque()).extend([None] * skip + [error] * times)

    def meanwhile(self, method: str, act: Meanwhile) -> None:
        """Let somebody else act right before the next call of `method` takes effect."""
        self._before.setdefault(method, deque()).append(act)

    def before(self, method: str) -> None:
        """To be called by the fake before the effect."""
        if planned := self._before.get(method):
            fault = planned.popleft()
            if isinstance(fault, BaseException):
                raise fault
            fault()

    def after(self, method: str) -> None:
        """To be called by the fake after the effect."""
        if (planned := self._after.get(method)) and (fault := planned.popleft()):
            raise fault
