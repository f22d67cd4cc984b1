"""GET of storyboards: one, a page of them, one's scenes as a file, and its changes as server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.auth import Gate
from shared.api.event_calls import BEAT, HEADERS, MEDIA_TYPE, RETRY, EventStream, is_shut_out, last_seen
from shared.api.headers import tenant_of
from shared.api.list_calls import MAX_VALUE
from shared.api.pages import NOT_FILTERS, page_size, page_token, token_of
from shared.api.responses import base_url, json
from shared.api.storyboard_view import StoryboardPage, board_view, summary
from shared.config import Settings
from shared.domain.errors import Rejected
from shared.use_cases.follow_storyboard import FollowStoryboard
from shared.use_cases.read_storyboard import BoardState, ReadStoryboard

FILTERS = ("project_id", "q", "version_of")


class SceneText(msgspec.Struct, frozen=True, kw_only=True):
    """A scene as the older service wrote it to its file."""

    description: str
    negative_description: str


class SceneFile(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    scenes: tuple[SceneText, ...]


class ReadStoryboards:
    """GET of storyboards."""

    def __init__(self, read: ReadStoryboard, follow: FollowStoryboard, gate: Gate, settings: Settings) -> None:
        self._read = read
        self._follow = follow
        self._gate = gate
        self._settings = settings

    async def get(self, request: Request) -> Response:
        """GET /v1/storyboards/{id}."""
        state = await self._state(request)
        return json(board_view(state, base_url(request, self._settings)), 200, {"Cache-Control": "no-cache"})

    async def list(self, request: Request) -> Response:
        """GET /v1/storyboards?project_id&q&version_of: a page, the newest first."""
        where = _filters(request)
        page, end = await self._read.page(tenant_of(request), where, page_size(request), page_token(request))
        base = base_url(request, self._settings)
        shown = StoryboardPage(
            storyboards=tuple(summary(state, base) for state in page), next_page_token=token_of(request, end)
        )
        return json(shown, 200, {"Cache-Control": "no-cache"})

    async def scenes_json(self, request: Request) -> Response:
        """GET /v1/storyboards/{id}/scenes.json."""
        file = scene_file(await self._written(request))
        headers = {"Content-Disposition": 'attachment; filename="scenes.json"', "Cache-Control": "no-cache"}
        return json(file, 200, headers)

    async def scenes_markdown(self, request: Request) -> Response:
        """GET /v1/storyboards/{id}/scenes.md."""
        text = _markdown(await self._written(request))
        headers = {"Content-Disposition": 'attachment; filename="scenes.md"', "Cache-Control": "no-cache"}
        return Response(text, headers=headers, media_type="text/markdown; charset=utf-8")

    async def events(self, request: Request) -> Response:
        """GET /v1/storyboards/{id}/events; 204 where nothing is left to tell."""
        seen = last_seen(request)
        state = await self._state(request)
        if state.is_over and state.sequence == seen:
            return Response(status_code=204, headers=HEADERS)
        if request.method == "HEAD":
            return Response(headers=HEADERS, media_type=MEDIA_TYPE)
        place = ExitStack()
        place.enter_context(self._follow.place())
        return EventStream(self._events(request, state, seen), place, self._settings.stream_seconds)

    async def _events(self, request: Request, state: BoardState, seen: int | None) -> AsyncGenerator[bytes]:
        base = base_url(request, self._settings)
        yield BEAT + RETRY
        async with aclosing(self._follow(state, seen)) as changes:
            async for change in changes:
                if await is_shut_out(self._gate, request):
                    return
                yield _event(change, base) if change else BEAT

    async def _state(self, request: Request) -> BoardState:
        return await self._read(tenant_of(request), request.path_params["board_id"])

    async def _written(self, request: Request) -> BoardState:
        state = await self._state(request)
        if not state.job.scenes:
            text = f"Storyboard {state.job.id} is {state.status}, and has no scenes yet."
            raise Rejected(404, "scene_not_found", text)
        return state


def scene_file(state: BoardState) -> SceneFile:
    """The storyboard's scenes in the older service's words."""
    return SceneFile(
        scenes=tuple(
            SceneText(description=scene.prompt, negative_description=scene.negative_prompt or "")
            for scene in state.job.scenes
        )
    )


def _markdown(state: BoardState) -> str:
    lines = ["# Scenes", ""]
    for number, scene in enumerate(state.job.scenes, 1):
        lines += [f"## Scene {number}", "", scene.prompt, ""]
        if scene.negative_prompt:
            lines += [f"Not in the picture: {scene.negative_prompt}", ""]
    return "\n".join(lines)


def _event(state: BoardState, base: str) -> bytes:
    shown = board_view(state, base)
    return b"id: %d\nevent: storyboard\ndata: %b\n\n" % (shown.status_sequence, msgspec.json.encode(shown))


def _filters(request: Request) -> dict[str, str]:
    where: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in NOT_FILTERS:
            continue
        if name not in FILTERS:
            known = ", ".join([*FILTERS, *sorted(NOT_FILTERS)])
            raise Rejected(400, "unknown_filter", f"There is no filter {name!r}; there are {known}.")
        if name in where or not 0 < len(value) <= MAX_VALUE:
            raise Rejected(400, "invalid_filter", f"{name} may be given once, with 1 to {MAX_VALUE} characters.")
        where[name] = value
    if "version_of" in where and len(where) > 1:
        raise Rejected(400, "unsupported_filters", "version_of goes with no other filter.")
    return where
