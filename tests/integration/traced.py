"""The traces that the stack's functions have sent, over the wire."""

from secrets import token_hex
from typing import Any, NamedTuple

import httpx

from tests.stack import RunningStack
from tests.waiting import PATIENCE, until


class Client(NamedTuple):
    """The span of a client's program, in a trace of its own that is sampled."""

    trace_id: str
    span_id: str

    @property
    def traceparent(self) -> str:
        """What it sends."""
        return f"00-{self.trace_id}-{self.span_id}-01"


class Placed(NamedTuple):
    """A span, and below which other it is."""

    service: str
    name: str
    kind: str
    parent: str | None  # its service and name, or `the client`; None: another trace's, or not there


def a_client() -> Client:
    """One that nobody else is."""
    return Client(token_hex(16), token_hex(8))


def spans_of(darkroom: RunningStack, client: Client) -> list[dict[str, Any]]:
    """The spans of a client's trace that have come so far."""
    url = f"{darkroom.base_url}/local/traces/{client.trace_id}"
    answer = httpx.get(url, timeout=PATIENCE, trust_env=False)
    return [] if answer.status_code == httpx.codes.NOT_FOUND else list(answer.raise_for_status().json()["spans"])


def placed(darkroom: RunningStack, client: Client, expected: set[Placed]) -> set[Placed]:
    """All spans of the trace, once those that are expected have come.

    Raises:
        AssertionError: they did not; it says which.
    """

    def came() -> set[Placed]:
        spans = spans_of(darkroom, client)
        names = {span["span_id"]: f"{span['service']}: {span['name']}" for span in spans}
        names[client.span_id] = "the client"
        return {Placed(span["service"], span["name"], span["kind"], names.get(span["parent_id"])) for span in spans}

    try:
        until(lambda: expected <= came())
    except AssertionError as exc:
        exc.add_note(f"did not come: {expected - came()}")
        raise
    return came()
