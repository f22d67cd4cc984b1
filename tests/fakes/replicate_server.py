"""Replicate's API, as it is documented, on this machine: predictions that run, end or fail, and images by address."""

from collections import deque
from dataclasses import dataclass
from typing import Any

from tests.builders import image_bytes
from tests.fakes.http_server import Answer, Asked, HttpServer, json_answer

KEY = "r8_a-key"
CREATE = "/v1/models/google/imagen-4/predictions"
ONE = "/v1/predictions/"
CANCEL = "/cancel"
INPUTS = {"prompt", "aspect_ratio", "safety_filter_level", "output_format", "image_size"}


@dataclass
class Prediction:
    """One, as the server knows it."""

    input: dict[str, Any]
    polls: int = 0  # so many it has been asked for
    canceled: bool = False


class ReplicateServer(HttpServer):
    """Answers as documented; what a test puts into the queues comes first, a request each."""

    def __init__(self, *, polls: int = 2) -> None:
        """A prediction is starting, then processing, for `polls` polls in all; then it has ended."""
        super().__init__(self._answered)
        self.polls = polls
        self.predictions: dict[str, Prediction] = {}
        self.ends: deque[dict[str, Any]] = deque()  # how the next predictions end; else with an image each
        self.on_submit: deque[Answer] = deque()
        self.on_poll: deque[Answer] = deque()
        self.on_image: deque[Answer] = deque()

    @property
    def submits(self) -> int:
        """Requests for a prediction, whatever was answered: each may have to be paid."""
        return sum(asked.path == CREATE for asked in self.asked)

    @property
    def polled(self) -> int:
        """Requests for the state of a prediction."""
        return sum(asked.method == "GET" and asked.path.startswith(ONE) for asked in self.asked)

    def _answered(self, asked: Asked) -> Answer:
        if asked.path.startswith("/images/"):
            return self.on_image.popleft() if self.on_image else Answer(200, image_bytes(), {"Content-Type": "x/y"})
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return problem(401, "You did not pass a valid authentication token")
        if asked.path == CREATE and asked.method == "POST":
            return self.on_submit.popleft() if self.on_submit else self._created(asked.json())
        name = asked.path.removeprefix(ONE).removesuffix(CANCEL)
        if name not in self.predictions:
            return problem(404, "The requested resource could not be found.")
        if asked.method == "POST" and asked.path.endswith(CANCEL):
            self.predictions[name].canceled = True
            return self._shown(name)
        return self.on_poll.popleft() if self.on_poll else self._asked_for(name)

    def _created(self, request: dict[str, Any]) -> Answer:
        given = request.get("input", {})
        if not given.get("prompt"):
            return problem(422, "- input: prompt is required\n")
        if given.keys() - INPUTS:
            return problem(422, f"- input: Additional property {min(given.keys() - INPUTS)} is not allowed\n")
        name = f"p{len(self.predictions) + 1}"
        self.predictions[name] = Prediction(given)
        return self._shown(name, 201)

    def _asked_for(self, name: str) -> Answer:
        self.predictions[name].polls += 1
        return self._shown(name)

    def _shown(self, name: str, status: int = 200) -> Answer:
        prediction = self.predictions[name]
        data: dict[str, Any] = {
            "id": name,
            "model": "google/imagen-4",
            "status": "starting" if prediction.polls <= 1 else "processing",
            "input": prediction.input,
            "output": None,
            "error": None,
            "urls": {"get": f"{self.url}{ONE}{name}", "cancel": f"{self.url}{ONE}{name}{CANCEL}"},
        }
        if prediction.canceled:
            data |= {"status": "canceled"}
        elif prediction.polls > self.polls:
            address = f"{self.url}/images/{name}.png"
            image = {"status": "succeeded", "output": address, "metrics": {"predict_time": 4.2}}
            data |= self.ends.popleft() if self.ends else image
        return json_answer(data, status)


def problem(status: int, detail: str, **more: Any) -> Answer:
    """An error, as Replicate tells it."""
    return json_answer({"title": "An error", "detail": detail, "status": status} | more, status)
