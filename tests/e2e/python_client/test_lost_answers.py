"""Answers that are lost after the request took effect: each submit is one job."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
from darkroom import AsyncClient, Client

from tests.fakes.losing_proxy import LosingProxy
from tests.stack import RunningStack

EACH = 100  # submits of each client
AT_ONCE = 8
# An answer may be lost several times in a row where others ask, too.
RETRIES = 20


def test_200_submits_make_200_jobs_though_every_third_answer_is_lost(darkroom: RunningStack) -> None:
    """By both clients, many at once, with no key of the caller's: none is lost, none made twice."""
    project = f"lost-{uuid4().hex[:8]}"
    later = datetime.now(UTC) + timedelta(days=1)  # they are to be counted, not painted

    async def many(url: str) -> list[str]:
        places = asyncio.Semaphore(AT_ONCE)
        async with AsyncClient(url, retries=RETRIES, sleep=lambda _: asyncio.sleep(0)) as client:

            async def one(number: int) -> str:
                async with places:
                    return (await client.submit(f"a fox {number}", project_id=project, not_before=later)).id

            return await asyncio.gather(*map(one, range(EACH)))

    with LosingProxy(darkroom.base_url, every=3).running() as proxy:
        with (
            Client(proxy.url, retries=RETRIES, sleep=lambda _: None) as client,
            ThreadPoolExecutor(AT_ONCE) as threads,
        ):
            jobs = threads.map(
                lambda number: client.submit(f"a fox {number}", project_id=project, not_before=later), range(EACH)
            )
            made = [job.id for job in jobs]
        made += asyncio.run(many(proxy.url))
        asked = len(proxy.asked)
    assert len(proxy.lost) == asked // 3 >= 2 * EACH // 3
    assert set(proxy.lost) <= {httpx.codes.ACCEPTED}  # each had taken effect
    with Client(darkroom.base_url) as client:
        found = [job.id for job in client.list(project_id=project, page_size=500)]
    assert len(found) == len(set(made)) == 2 * EACH
    assert set(found) == set(made)
