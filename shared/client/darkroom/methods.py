"""One definition of a call, two clients: what gives a value on Client is awaited on AsyncClient.

A method of `Calls` is a generator of effects. `@call` binds it to a Client as a function that gives its result, to an
AsyncClient as one to await; `@items` to a Client as an iterator, to an AsyncClient as an asynchronous one.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from .effects import Items, Steps

if TYPE_CHECKING:
    from .client import AsyncClient, Client

P = ParamSpec("P")
T = TypeVar("T")


class _Method(Generic[P]):
    """A generator function, to be bound to a client by how that carries it out."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Any]) -> None:
        self._steps = steps
        self.__doc__, self.__wrapped__ = steps.__doc__, steps

    def _bound(self, client: Any, driver: Callable[[Any], Any]) -> Callable[P, Any]:
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return driver(self._steps(client, *args, **kwargs))

        return update_wrapper(method, self._steps)


class call(_Method[P], Generic[P, T]):  # noqa: N801 - a decorator
    """A call with one result."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        super().__init__(steps)

    @overload
    def __get__(self, client: None, kind: type) -> Self: ...
    @overload
    def __get__(self, client: "Client", kind: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: "AsyncClient", kind: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Any, kind: type) -> Any:
        """The method of that client."""
        return self if client is None else self._bound(client, client._result)  # noqa: SLF001 - its driver


class items(_Method[P], Generic[P, T]):  # noqa: N801 - a decorator
    """A call with results one by one."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Items[T]]) -> None:
        super().__init__(steps)

    @overload
    def __get__(self, client: None, kind: type) -> Self: ...
    @overload
    def __get__(self, client: "Client", kind: type) -> Callable[P, Generator[T, None, None]]: ...
    @overload
    def __get__(self, client: "AsyncClient", kind: type) -> Callable[P, AsyncGenerator[T, None]]: ...
    def __get__(self, client: Any, kind: type) -> Any:
        """The method of that client."""
        return self if client is None else self._bound(client, client._results)  # noqa: SLF001 - its driver
