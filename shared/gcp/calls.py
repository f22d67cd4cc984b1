"""A method of one of Google's generated clients, asked straight on that client's channel.

What is generated around it makes an object of Python's of each message and of every value in it, puts the same headers
together anew, and wraps the method in its retry and its timeout for each call: two thirds of what a call costs. Here
protobuf's own messages go in and come out. What is sent, tried again and raised is the same.
"""

import os
from collections.abc import Awaitable, Sequence
from functools import lru_cache
from time import monotonic
from typing import Any
from urllib.parse import quote_plus

import grpc
from google.api_core.exceptions import from_grpc_error

Headers = tuple[tuple[str, str], ...]
LEAST = 1.0  # seconds: one that has less left gets all of them once more, as by google.api_core.timeout


def routing(key: str, value: str) -> tuple[str, str]:
    """The header that leads a call to where its resource is, as google.api_core.gapic_v1.routing_header has it."""
    path, slash, last = value.rpartition("/")
    return "x-goog-request-params", f"{key}={_quoted(path)}{slash}{quote_plus(last)}"


@lru_cache(maxsize=64)
def _quoted(path: str) -> str:
    """Of a name, the part that it shares with all others of its collection."""
    return quote_plus(path, safe="/")


class Call:
    """A method that takes one message and answers with one."""

    def __init__(self, api: Any, method: str, types: tuple[Any, Any], *, timeout: float, retry: Any) -> None:
        """`api`: a generated asynchronous client; `types`: of protobuf's, what is sent and what is answered.

        `timeout` and `retry` as in shared.gcp.limits.
        """
        sent, answered = types
        self._stub = self._made(channel_of(api))(
            method, request_serializer=sent.SerializeToString, response_deserializer=answered.FromString
        )
        self._timeout = timeout
        self._retried = retry(self._tried)

    async def __call__(self, request: Any, headers: Headers) -> Any:
        """The answer.

        Raises:
            GoogleAPICallError, RetryError: of google.api_core, as its clients do.
        """
        return await self._retried(request, headers, monotonic() + self._timeout)

    async def _tried(self, request: Any, headers: Headers, until: float) -> Any:
        left = until - monotonic()
        try:
            return await self._answer(request, headers, left if left >= LEAST else self._timeout)
        except grpc.RpcError as exc:
            raise from_grpc_error(exc) from exc

    def _made(self, channel: Any) -> Any:
        return channel.unary_unary

    def _answer(self, request: Any, headers: Headers, seconds: float) -> Awaitable[Any]:
        answer: Awaitable[Any] = self._stub(request, timeout=seconds, metadata=headers)
        return answer


class StreamCall(Call):
    """A method that answers with many messages, all of which are waited for."""

    def _made(self, channel: Any) -> Any:
        return channel.unary_stream

    async def _answer(self, request: Any, headers: Headers, seconds: float) -> Sequence[Any]:
        return [answer async for answer in self._stub(request, timeout=seconds, metadata=headers)]


def channel_of(api: Any) -> Any:
    """The client's channel, without what the client has put there to log its calls where Google's debug logs are on.

    It does nothing else, and makes each call a task in a task.
    """
    channel = api.transport.grpc_channel
    if "GOOGLE_SDK_PYTHON_LOGGING_SCOPE" not in os.environ:
        channel._unary_unary_interceptors.clear()  # noqa: SLF001 - where the client, too, has reached for it
    return channel
