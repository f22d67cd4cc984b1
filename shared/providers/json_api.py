"""A vendor's API of JSON over HTTP: answers bounded in size and time, and what an error is, in one table."""

import asyncio
import re
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NamedTuple, TypeVar

import httpx
import msgspec

from shared.domain.errors import Billed, FailureType, ProviderError
from shared.domain.safety import Safety
from shared.ports import Clock
from shared.providers import retry_after

T = TypeVar("T")
MAX_ANSWER = 16 * 1024 * 1024  # bytes, unpacked; an image may come within one
TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # seconds, from one byte to the next
SECONDS = 60.0  # a request in all
SHOWN = 200  # characters of an answer that nobody understands

# What a refusal means, by its status; any other from 500 on is TEMPORARY, below PERMANENT.
KINDS: Mapping[int, tuple[FailureType, str]] = {
    401: ("AUTH_ERROR", "model_unauthorized"),
    402: ("PERMANENT", "provider_credits_exhausted"),
    403: ("AUTH_ERROR", "model_forbidden"),
    404: ("PERMANENT", "model_not_found"),
    408: ("TEMPORARY", "model_unavailable"),
    429: ("RATE_LIMIT", "model_rate_limit"),
}
# What was asked for may have begun before these, and before any from 500 on but an overload: nobody knows.
GIVEN_UP = 408
OVERLOADED = 503
# The words in which vendors say that their filter refused something; parameters' names such as safety_setting do not.
FILTERED = re.compile(r"safety(?!_)|policy|prohibited|\bsensitive\b|\bnsfw\b|flagged", re.IGNORECASE)
SUPPORT_CODE = re.compile(r"\(([A-Z]\d{3})\)")


@cache
def trust() -> ssl.SSLContext:
    """Whom to believe that he is who he says: read once for all clients, since it takes a while."""
    return httpx.create_ssl_context(trust_env=False)


class Reply(NamedTuple):
    """An answer, read to its end."""

    status: int
    body: bytes
    retry_after: float | None  # seconds

    @property
    def is_success(self) -> bool:
        """Whether its status says so."""
        return httpx.codes.is_success(self.status)

    def shown(self) -> str:
        """Its beginning, for a message."""
        return self.body[: SHOWN * 4].decode(errors="replace")[:SHOWN]


class JsonApi:
    """One vendor's API, asked with a key."""

    def __init__(
        self, vendor: str, url: str, key: str, clock: Clock, kinds: Mapping[int, tuple[FailureType, str]] = KINDS
    ) -> None:
        """`vendor` is its name in messages."""
        self.vendor = vendor
        self._clock = clock
        self._kinds = kinds
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT, verify=trust(), trust_env=False)

    async def close(self) -> None:
        """Close its connections; in a function they last as long as the process."""
        await self._http.aclose()

    async def ask(self, method: str, path: str, **request: Any) -> Reply:
        """The answer, whatever its status.

        Raises:
            ProviderError: TEMPORARY; there is none, or it is too large. Only where nobody was reached is it not billed.
        """
        try:
            async with asyncio.timeout(SECONDS), self._http.stream(method, path, **request) as answer:
                body = await self._body(answer)
        except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
            raise ProviderError("TEMPORARY", "model_unavailable", f"{self.vendor}: {exc!r}") from exc
        except (httpx.HTTPError, TimeoutError) as exc:
            raise ProviderError("TEMPORARY", "model_unavailable", f"{self.vendor}: {exc!r}", billed="unknown") from exc
        asked = retry_after.seconds(answer.headers.get("retry-after"), self._clock.now())
        return Reply(answer.status_code, body, asked)

    async def _body(self, answer: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER:
                raise self._malformed(f"is longer than {MAX_ANSWER} bytes")
        return bytes(body)

    def read(self, body: bytes | msgspec.Raw, kind: type[T]) -> T:
        """What an answer says.

        Raises:
            ProviderError: it cannot be read; TEMPORARY, and perhaps billed.
        """
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
            raise self._malformed(f"cannot be read: {exc}") from exc

    def _malformed(self, what: str) -> ProviderError:
        return ProviderError("TEMPORARY", "malformed_answer", f"{self.vendor}'s answer {what}.", billed="unknown")

    def refusal(self, status: int, said: str, asked: float | None) -> ProviderError:
        """An answer that is an error, as ours; `asked` is the wait that it asks for, in seconds."""
        if status not in self._kinds and (blocked := self.blocked(said, "prompt")):
            return blocked
        other: tuple[FailureType, str] = ("PERMANENT", "model_refused_request")
        if httpx.codes.is_server_error(status):
            other = ("TEMPORARY", "model_unavailable")
        kind, code = self._kinds.get(status, other)
        broken = httpx.codes.is_server_error(status) and status != OVERLOADED
        billed: Billed = "unknown" if broken or status == GIVEN_UP else "no"
        return ProviderError(kind, code, f"{self.vendor} answered {status}: {said}", billed=billed, retry_after=asked)

    def blocked(self, said: str, filtered: Literal["prompt", "image"]) -> ProviderError | None:
        """A refusal by a safety filter; None where the words are of something else."""
        if not FILTERED.search(said):
            return None
        safety = Safety(filtered=filtered, support_codes=tuple(SUPPORT_CODE.findall(said)))
        return ProviderError("PERMANENT", "safety_blocked", f"{self.vendor} refused: {said}", safety=safety)
