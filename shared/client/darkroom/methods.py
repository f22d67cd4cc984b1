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


class call(Generic[P, T]):  # noqa: N801 - a decorator
    """A call with one result."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        self._steps = steps
        self.__doc__, self.__wrapped__ = steps.__doc__, steps

    @overload
    def __get__(self, client: None, kind: type) -> Self: ...
    @overload
    def __get__(self, client: "Client", kind: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: "AsyncClient", kind: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Any, kind: type) -> Any:
        """The method of that client."""
        if client is None:
            return self

        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client._result(self._steps(client, *args, **kwargs))  # noqa: SLF001 - its driver, which is ours

        return update_wrapper(method, self._steps)


class items(Generic[P, T]):  # noqa: N801 - a decorator
    """A call with results one by one."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Items[T]]) -> None:
        self._steps = steps
        self.__doc__, self.__wrapped__ = steps.__doc__, steps

    @overload
    def __get__(self, client: None, kind: type) -> Self: ...
    @overload
    def __get__(self, client: "Client", kind: type) -> Callable[P, Generator[T, None, None]]: ...
    @overload
    def __get__(self, client: "AsyncClient", kind: type) -> Callable[P, AsyncGenerator[T, None]]: ...
    def __get__(self, client: Any, kind: type) -> Any:
        """The method of that client."""
        if client is None:
            return self

        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client._results(self._steps(client, *args, **kwargs))  # noqa: SLF001 - its driver, which is ours

        return update_wrapper(method, self._steps)
