"""Gemini's operations over HTTP: at Vertex AI's paths and at the Developer API's, whole and streamed."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from infra.local.rest import Handler, HttpService
from infra.local.vertex.bodies import MODELS, json_body, json_response
from infra.local.vertex.gemini import Gemini
from infra.local.vertex.models import Target, developer_target, target
from infra.local.vertex.refusal import Refusal

VERSIONS = ("v1", "v1beta1")
DEVELOPER_VERSIONS = ("v1", "v1beta")


def offer(service: HttpService, gemini: Gemini) -> None:
    """Add the operations to `service`."""

    def whole(target_of: Any) -> Handler:
        async def operation(request: Request) -> Response:
            try:
                return json_response(
                    await gemini.generate(target_of(request, "generateContent"), await json_body(request))
                )
            except Refusal as refusal:
                raise refusal.http() from refusal

        return operation

    def streamed(target_of: Any) -> Handler:
        async def operation(request: Request) -> Response:
            events = request.query_params.get("alt") == "sse"
            try:
                model = target_of(request, "streamGenerateContent")
                answer = await gemini.generate(model, await json_body(request))
            except Refusal as refusal:
                raise refusal.http() from refusal
            if events:
                return StreamingResponse(_events(answer), media_type="text/event-stream")
            return StreamingResponse(_array(answer), media_type="application/json")

        return operation

    for path, target_of in (
        *((f"/{version}{MODELS}", _vertex_target) for version in VERSIONS),
        *((f"/{version}/models/{{model}}", _developer_target) for version in DEVELOPER_VERSIONS),
    ):
        service.route("GenerateContent", "POST", f"{path}:generateContent", whole(target_of))
        service.route("StreamGenerateContent", "POST", f"{path}:streamGenerateContent", streamed(target_of))


def _vertex_target(request: Request, method: str) -> Target:
    return target(request.url.path.split("/", 2)[2].removesuffix(f":{method}"), "gemini", method)


def _developer_target(request: Request, method: str) -> Target:
    if not (request.headers.get("x-goog-api-key") or request.query_params.get("key")):
        raise Refusal(
            "PERMISSION_DENIED",
            "Method doesn't allow unregistered callers (callers without established identity). "
            "Please use API Key or other form of API consumer identity to call this API.",
        )
    return developer_target(request.path_params["model"], method)


def _pieces(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The answer as a stream tells it: text in a few words at a time, the end and its cost with the last piece."""
    candidates = answer.get("candidates") or []
    parts = candidates[0].get("content", {}).get("parts", []) if candidates else []
    small: list[dict[str, Any]] = []
    for part in parts:
        if "text" in part:
            small += [{"text": text} for text in re.findall(r"(?s).{1,48}", part["text"])]
        else:
            small.append(part)
    frame = {name: answer[name] for name in ("modelVersion", "createTime", "responseId")}
    for part in small[:-1]:
        yield {"candidates": [{"content": {"role": "model", "parts": [part]}}], **frame}
    if not small:
        yield answer
        return
    last = {**candidates[0], "content": {"role": "model", "parts": small[-1:]}}
    yield {**answer, "candidates": [last]}


async def _events(answer: dict[str, Any]) -> Any:
    for piece in _pieces(answer):
        yield b"data: " + msgspec.json.encode(piece) + b"\r\n\r\n"


async def _array(answer: dict[str, Any]) -> Any:
    for index, piece in enumerate(_pieces(answer)):
        yield (b",\r\n" if index else b"[") + msgspec.json.encode(piece)
    yield b"]"
