"""NanoBanana's API, as it is documented, on this machine: tasks that run, end or fail, and images by address."""

from collections import deque
from dataclasses import dataclass
from typing import Any

import httpx

from tests.builders import image_bytes
from tests.fakes.http_server import Answer, Asked, HttpServer, json_answer

KEY = "a-key"
GENERATE = "/api/v1/nanobanana/generate"
RECORD = "/api/v1/nanobanana/record-info"
TYPES = {"TEXTTOIAMGE", "IMAGETOIAMGE"}  # as the API spells them
RUNNING, SUCCEEDED, CREATE_FAILED, GENERATE_FAILED = range(4)


@dataclass
class Task:
    """One operation, as the server knows it."""

    request: dict[str, Any]
    polls: int = 0  # so many it has been asked for
    done: bool = False  # whatever the polls


class NanoBananaServer(HttpServer):
    """Answers as documented; what a test puts into the queues comes first, a request each."""

    def __init__(self, *, polls: int = 2) -> None:
        """A task is running for `polls` polls, then it has ended."""
        super().__init__(self._answered)
        self.polls = polls
        self.flag = SUCCEEDED  # of a task that has ended
        self.error: str | None = None
        self.hasty = False  # a task has ended, and its callback is answered, before its submission is
        self.tasks: dict[str, Task] = {}
        self.on_submit: deque[Answer] = deque()
        self.on_poll: deque[Answer] = deque()
        self.on_image: deque[Answer] = deque()

    @property
    def submits(self) -> int:
        """Requests to generate, whatever was answered: each may have to be paid."""
        return sum(asked.path == GENERATE for asked in self.asked)

    @property
    def polled(self) -> int:
        """Requests for the state of a task."""
        return sum(asked.path == RECORD for asked in self.asked)

    def call_back(self, task_id: str) -> httpx.Response:
        """The task has ended: tell whoever is to be called, as documented, with its record; gives the answer."""
        task = self.tasks[task_id]
        task.done = True
        record = {"code": 200, "msg": "success", "data": self._data(task_id, self.flag)}
        return httpx.post(task.request["callBackUrl"], json=record, timeout=20, trust_env=False)

    def forget(self) -> None:
        """Let every task have expired."""
        self.tasks.clear()

    def _answered(self, asked: Asked) -> Answer:
        if asked.path.startswith("/images/"):
            return self.on_image.popleft() if self.on_image else Answer(200, image_bytes(), {"Content-Type": "x/y"})
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return _refusal(401, "You do not have access permissions")
        planned = {GENERATE: self.on_submit, RECORD: self.on_poll}.get(asked.path)
        if planned:
            return planned.popleft()
        if (asked.method, asked.path) == ("POST", GENERATE):
            return self._submitted(asked.json())
        if (asked.method, asked.path) == ("GET", RECORD):
            return self._record(asked.query.get("taskId", ""))
        return _refusal(404, "Not found")

    def _submitted(self, request: dict[str, Any]) -> Answer:
        if not request.get("prompt") or request.get("type") not in TYPES or not 1 <= request.get("numImages", 1) <= 4:
            return _refusal(400, "Invalid request")
        if request["type"] == "IMAGETOIAMGE" and not request.get("imageUrls"):
            return _refusal(400, "imageUrls is missing")
        task_id = f"task-{len(self.tasks) + 1}"
        self.tasks[task_id] = Task(request)
        if self.hasty:
            self.call_back(task_id)
        return json_answer({"code": 200, "msg": "success", "data": {"taskId": task_id}})

    def _record(self, task_id: str) -> Answer:
        task = self.tasks.get(task_id)
        if task is None:
            return json_answer({"code": 404, "msg": "Task not found", "data": None})
        task.polls += 1
        flag = self.flag if task.done or task.polls > self.polls else RUNNING
        return json_answer({"code": 200, "msg": "success", "data": self._data(task_id, flag)})

    def _data(self, task_id: str, flag: int) -> dict[str, Any]:
        data = {"taskId": task_id, "successFlag": flag, "response": None, "errorMessage": None}
        if flag == SUCCEEDED:
            data["response"] = {"originImageUrl": None, "resultImageUrl": f"{self.url}/images/{task_id}.png"}
        elif flag != RUNNING:
            data["errorMessage"] = self.error
        return data


def _refusal(status: int, text: str) -> Answer:
    return json_answer({"code": status, "msg": text, "data": None}, status)
