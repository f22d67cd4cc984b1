"""What callers see of a function whose services are away: a 503 in good time."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.integration.alone import one_function

JOB = "a" * 26  # what could be a job's id


@pytest.fixture(scope="module")
def submit() -> Iterator[str]:
    """The address of a submit that reaches neither database nor broker."""
    with one_function("submit") as url:
        yield url


def test_without_its_database_a_function_answers_503_in_good_time(submit: str) -> None:
    """The client is told when to come back; the library's own minutes of trying again are not its wait."""

    def ask(path: str) -> tuple[httpx.Response, float]:
        begin = time.monotonic()
        answer = httpx.post(f"{submit}{path}", json={"prompt": "a fox"}, timeout=90, trust_env=False)
        return answer, time.monotonic() - begin

    with ThreadPoolExecutor(2) as pool:
        for answer, seconds in pool.map(ask, ("/v1/jobs", f"/v1/jobs/{JOB}/cancel")):
            assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
            assert int(answer.headers["Retry-After"]) > 0
            assert seconds < 60
