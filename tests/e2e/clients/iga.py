"""A client of the task contract: asks for an image under a key of its own, then for the task until it has ended."""

import time
from dataclasses import dataclass
from typing import Any, Literal

import httpx

Status = Literal["PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE"]
RUNNING = {"PENDING", "STARTED", "RETRY"}
MESSAGE = "Image generation task accepted."


class IgaError(Exception):
    """The service refused: `error_code` says why."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.media_type = answer.headers["content-type"]
        self.body: dict[str, Any] = answer.json()
        self.error_code: str = self.body["error_code"]
        self.message: str = self.body["message"]
        super().__init__(f"{self.status} {self.error_code}: {self.message}")


class ContractError(Exception):
    """An answer that the contract does not have."""


@dataclass(frozen=True)
class Accepted:
    """A task that was taken, or had been."""

    task_id: str
    status_url: str
    idempotency_key_processed: str


@dataclass(frozen=True)
class Task:
    """A task as it is."""

    task_id: str
    status: Status
    result: dict[str, Any] | None

    @property
    def is_over(self) -> bool:
        """Whether it will not change any more."""
        return self.status not in RUNNING

    @property
    def is_conflict(self) -> bool:
        """Whether its key had been used for another payload."""
        return self.status == "SUCCESS" and (self.result or {}).get("status") == "PROCESSING_CONFLICT"


class IgaClient:
    """Speaks the contract, and insists on it."""

    def __init__(
        self, base_url: str, *, poll_seconds: float = 1.0, tries: int = 60, headers: dict[str, str] | None = None
    ) -> None:
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=60, trust_env=False)
        self._poll_seconds = poll_seconds
        self._tries = tries

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def generate(self, key: str, *, workflow_id: str | None = None, **payload: Any) -> Accepted:
        """Ask for an image; `payload` is the JSON body."""
        headers = {"X-Idempotency-Key": key} | ({"X-Workflow-ID": workflow_id} if workflow_id else {})
        return self._accepted(self._http.post("/generate_image", json=payload, headers=headers), key)

    def post(self, content: bytes | None, headers: dict[str, str]) -> httpx.Response:
        """Send anything, to be refused."""
        answer = self._http.post("/generate_image", content=content, headers=headers)
        if answer.status_code != 202:
            raise IgaError(answer)
        return answer

    def task(self, task_id: str) -> Task:
        """The task as it is now."""
        return self._task(self._http.get(f"/v1/tasks/{task_id}"), task_id)

    def wait(self, accepted: Accepted) -> Task:
        """The task when it has ended, asked for again and again at the address that came with it."""
        for _ in range(self._tries):
            task = self._task(self._http.get(accepted.status_url), accepted.task_id)
            if task.is_over:
                return task
            time.sleep(self._poll_seconds)
        raise TimeoutError(f"task {accepted.task_id} has not ended after {self._tries} tries")

    def _accepted(self, answer: httpx.Response, key: str) -> Accepted:
        if answer.status_code >= 400:
            raise IgaError(answer)
        body = answer.json()
        accepted = Accepted(body["task_id"], body["status_url"], body["idempotency_key_processed"])
        wanted = {
            "message": MESSAGE,
            "task_id": accepted.task_id,
            "status_url": f"/v1/tasks/{accepted.task_id}",
            "idempotency_key_processed": key,
        }
        if (answer.status_code, body) != (202, wanted):
            raise ContractError(f"{answer.status_code} {body}")
        return accepted

    def _task(self, answer: httpx.Response, task_id: str) -> Task:
        if answer.status_code >= 400:
            raise IgaError(answer)
        body = answer.json()
        task = Task(**body)
        if task.task_id != task_id or answer.status_code != (200 if task.is_over else 202):
            raise ContractError(f"{answer.status_code} {body}")
        if not task.is_over and task.result is not None:
            raise ContractError(f"{task.status} with a result: {body}")
        if task.is_over:
            self._check_result(task)
        return task

    def _check_result(self, task: Task) -> None:
        result = task.result or {}
        if task.status == "FAILURE":
            wrong = result.keys() != {"error"} or result["error"].keys() != {"type", "message"}
        elif task.is_conflict:
            wrong = result.keys() != {"status", "message", "idempotency_key"}
        else:
            wrong = result.keys() != {"image_url", "prompt_used", "model_version"}
            wrong = wrong or not result["image_url"].startswith("gs://")
            wrong = wrong or not result["model_version"].startswith("vertex-ai-")
        if wrong:
            raise ContractError(f"{task.status} with {result}")
