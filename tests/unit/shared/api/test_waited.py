"""What of a request's time was a wait that its client asked for."""

import asyncio

from starlette.requests import Request
from starlette.types import Message

from shared.api.waited import waited
from shared.api.waiting import unless_left


async def _stays() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def test_waits_are_told_apart_from_the_work() -> None:
    """All of a request's waits add up; one that waited for nothing has none."""
    request = Request({"type": "http"}, _stays)
    assert waited(request) == 0
    assert await unless_left(request, asyncio.sleep(0, "news"), otherwise="none") == "news"
    once = waited(request)
    assert once > 0
    await unless_left(request, asyncio.sleep(0, "news"), otherwise="none")
    assert waited(request) > once
