"""The calls of `status` about the catalogue: parse, list, render."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.conditional import etag_of, unless_known
from shared.config import Settings
from shared.ports import Clock
from shared.use_cases.list_models import ModelList, StyleList, list_models, list_styles


class ModelCalls:
    """GET of models and styles."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        self._clock = clock
        self._settings = settings

    async def models(self, request: Request) -> Response:
        """GET /v1/models: what there is, at what price, and how long it stays."""
        return _cached(request, list_models(self._settings.image_model, self._clock.now().date()))

    async def styles(self, request: Request) -> Response:
        """GET /v1/styles: what a request may name in `style`, and what that adds."""
        return _cached(request, list_styles())


def _cached(request: Request, body: ModelList | StyleList) -> Response:
    """The answer, or 304 where the client has it: it changes with a deployment, and its days count down daily."""
    text = msgspec.json.encode(body)
    return unless_known(request, text, etag_of(text), "application/json")
