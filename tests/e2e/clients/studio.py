"""A client of the studio contract: asks for a picture, then looks once a second until there is one."""

import time
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

Status = Literal["queued", "processing", "generating", "uploading", "completed", "failed"]
ORDER = ("queued", "processing", "generating", "uploading", "completed")
STAGES = {"generating", "uploading", "persisting"}
CLASSES = {"TEMPORARY", "RATE_LIMIT", "PERMANENT", "AUTH_ERROR", "UNKNOWN"}
ALWAYS = {"status", "jobId", "attemptCount", "retryCount", "costCredits", "estimatedCost"}


class ContractError(Exception):
    """An answer that the contract does not have."""


class StudioError(Exception):
    """The service refused: `type` says whether to try again."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        error: dict[str, Any] = answer.json()["error"]
        self.type: str = error["type"]
        self.code: str = error["code"]
        self.message: str = error["message"]
        self.retryable: bool = error["retryable"]
        super().__init__(f"{self.status} {self.type} {self.code}: {self.message}")
        if self.type not in CLASSES:
            raise ContractError(self.type)


@dataclass(frozen=True)
class Failure:
    """Why a job has no picture."""

    type: str
    code: str
    message: str
    failure_stage: str
    retryable: bool


@dataclass(frozen=True)
class StudioJob:
    """A job as it is."""

    job_id: str
    status: Status
    public_url: str | None
    failure: Failure | None
    attempt_count: int
    retry_count: int
    cost_credits: float | None
    estimated_cost: float | None
    more: dict[str, Any] = field(default_factory=dict)  # beyond the contract

    @property
    def is_over(self) -> bool:
        """Whether it will not change any more."""
        return self.status in {"completed", "failed"}


class StudioClient:
    """Speaks the contract, and insists on it."""

    def __init__(self, base_url: str, *, token: str = "", poll_seconds: float = 1.0, tries: int = 60) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=60, trust_env=False)
        self._poll_seconds = poll_seconds
        self._tries = tries

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def generate(self, **body: Any) -> tuple[str, Status]:
        """Ask for a picture; gives the job's id and its status."""
        answer = self._http.post("/api/images/generate", json=body)
        if answer.status_code >= 400:
            raise StudioError(answer)
        accepted = answer.json()
        if answer.status_code != 202 or accepted.keys() != {"jobId", "status"}:
            raise ContractError(f"{answer.status_code} {accepted}")
        return accepted["jobId"], accepted["status"]

    def job(self, job_id: str) -> StudioJob:
        """The job as it is now."""
        answer = self._http.get(f"/api/images/jobs/{job_id}")
        if answer.status_code >= 400:
            raise StudioError(answer)
        body = answer.json()
        known = {"publicUrl", "error"}
        failed = body.get("error")
        if not body.keys() >= ALWAYS or body["status"] not in {*ORDER, "failed"}:
            raise ContractError(str(body))
        if (body["status"] == "failed") != (failed is not None) or (body["status"] == "completed") != (
            "publicUrl" in body
        ):
            raise ContractError(str(body))
        if failed and (failed["type"] not in CLASSES or failed["failureStage"] not in STAGES):
            raise ContractError(str(body))
        return StudioJob(
            job_id=body["jobId"],
            status=body["status"],
            public_url=body.get("publicUrl"),
            failure=failed and Failure(
                failed["type"], failed["code"], failed["message"], failed["failureStage"], failed["retryable"]
            ),
            attempt_count=body["attemptCount"],
            retry_count=body["retryCount"],
            cost_credits=body["costCredits"],
            estimated_cost=body["estimatedCost"],
            more={name: value for name, value in body.items() if name not in ALWAYS | known},
        )  # fmt: skip

    def wait(self, job_id: str) -> StudioJob:
        """The job when it has ended."""
        seen = 0
        for _ in range(self._tries):
            job = self.job(job_id)
            if job.is_over:
                return job
            seen = max(seen, ORDER.index(job.status))
            time.sleep(self._poll_seconds)
        raise TimeoutError(f"job {job_id} has not ended after {self._tries} tries; it was {ORDER[seen]}")

    def open(self, url: str) -> bytes:
        """What everybody gets at a public URL, who has no key."""
        with httpx.Client(trust_env=False, follow_redirects=True, timeout=30) as anybody:
            return anybody.get(url).raise_for_status().content
