"""A client of the API, as a user's program is one, with the waiting that tests need."""

from typing import Any
from uuid import uuid4

import httpx

from tests.waiting import PATIENCE, until

ENDS = frozenset({"completed", "failed", "canceled"})
Job = dict[str, Any]  # as the API shows it


def a_prompt(text: str = "a red fox in the snow") -> str:
    """A prompt that no other test has, so that none gets another's pictures."""
    return f"{text} {uuid4().hex[:8]}"


def a_key() -> str:
    """An idempotency key of its own."""
    return uuid4().hex


class Api:
    """HTTP against one address; safe to use from several threads."""

    def __init__(self, base_url: str) -> None:
        self.http = httpx.Client(base_url=base_url, timeout=PATIENCE, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def post(self, body: Any, *, key: str | None = None) -> httpx.Response:
        """POST /v1/jobs."""
        return self.http.post("/v1/jobs", json=body, headers=_headers(key))

    def submit(self, *, key: str | None = None, **body: Any) -> Job:
        """A job that was taken; its prompt is its own where the body has none."""
        answer = self.post({"prompt": a_prompt(), **body}, key=key)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        job: Job = answer.json()
        return job

    def get(self, job: Job) -> Job:
        """The job as it is now."""
        found: Job = self.http.get(f"/v1/jobs/{job['id']}").raise_for_status().json()
        return found

    def command(self, job: Job, name: str, *, key: str | None = None) -> httpx.Response:
        """POST /v1/jobs/{id}/cancel or /retry."""
        return self.http.post(f"/v1/jobs/{job['id']}/{name}", headers=_headers(key))

    def delete(self, job: Job) -> httpx.Response:
        """DELETE /v1/jobs/{id}."""
        return self.http.delete(f"/v1/jobs/{job['id']}")

    def image(self, job: Job, index: int = 0, **parameters: str) -> httpx.Response:
        """GET one of its images, the link followed."""
        url = f"/v1/jobs/{job['id']}/images/{index}"
        return self.http.get(url, params=parameters, follow_redirects=True)

    def reached(self, job: Job, *statuses: str, seconds: float = PATIENCE) -> Job:
        """The job once it has one of these statuses.

        Raises:
            AssertionError: it ended otherwise, or not in time.
        """

        def look() -> Job | None:
            found = self.get(job)
            assert found["status"] in ENDS.intersection(statuses) or found["status"] not in ENDS, found
            return found if found["status"] in statuses else None

        try:
            return until(look, seconds=seconds)
        except AssertionError as exc:
            exc.add_note(f"the job is {self.get(job)}")
            raise

    def ended(self, job: Job, *, seconds: float = PATIENCE) -> Job:
        """The job once it has ended, however."""
        return self.reached(job, *ENDS, seconds=seconds)

    def completed(self, *, key: str | None = None, **body: Any) -> Job:
        """A job that was taken and has its pictures."""
        return self.reached(self.submit(key=key, **body), "completed")


def _headers(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Idempotency-Key": key}
