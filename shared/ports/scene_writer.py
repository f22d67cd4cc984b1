"""Who writes a video's scenes."""

from datetime import datetime
from typing import Protocol

import msgspec

from shared.domain.storyboard import Scene
from shared.domain.text_price import TextPrice
from shared.ports.provider import Checkpoint


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What scenes are asked for."""

    job_id: str
    model: str
    instruction: str  # what the model is told
    about: str  # the user's own words in it
    count: int
    location: str | None = None  # of Google Cloud, where only one serves the model
    estimate: int | None = None  # micro-USD a call
    price: TextPrice | None = None  # None: unknown


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """Scenes, and what the last call for them cost."""

    scenes: tuple[Scene, ...]
    cost_micros: int | None


class SceneWriter(Protocol):
    """A model that writes."""

    async def write(self, ask: Ask, deadline: datetime, checkpoint: Checkpoint) -> Written:
        """Exactly `ask.count` scenes, at the latest by `deadline`.

        Raises:
            ProviderError: none; says whether to try again and whether it was billed.
        """
        ...
