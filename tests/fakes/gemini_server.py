"""Gemini as no honest Vertex AI is: it answers what it is told, each answer once, then with a picture."""

from base64 import b64encode
from typing import Any

from tests.builders import image_bytes
from tests.fakes.http_server import Answer, Asked, HttpServer, json_answer


def part(data: bytes | str | None = None, **more: Any) -> dict[str, Any]:
    """A picture within an answer; a text stands for its base64."""
    encoded = data if isinstance(data, str) else b64encode(image_bytes() if data is None else data).decode()
    return {"inlineData": {"mimeType": "image/png", "data": encoded}, **more}


def said(*parts: dict[str, Any], reason: str = "STOP", **candidate: Any) -> Answer:
    """An answer with these parts, that ended for this reason."""
    return json_answer({"candidates": [{"content": {"parts": parts}, "finishReason": reason, **candidate}]})


def refused_prompt(reason: str, **more: Any) -> Answer:
    """An answer without candidates."""
    return json_answer({"promptFeedback": {"blockReason": reason, **more}})


class GeminiServer(HttpServer):
    """The vendor."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.next: list[Answer] = []

    def _answer(self, _: Asked) -> Answer:
        try:
            return self.next.pop(0)
        except IndexError:
            return said(part())
