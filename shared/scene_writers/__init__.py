"""Who writes scenes: one module a writer, its vendor imported when it is first used; a table, name → factory."""

import asyncio
from collections.abc import Callable
from importlib import import_module

from shared.config import MissingSetting, Settings
from shared.domain.errors import ProviderError
from shared.ports import Clock
from shared.ports.scene_writer import SceneWriter
from shared.providers.gates import Gates


def _gemini(settings: Settings, clock: Clock, gates: Gates) -> SceneWriter:
    from shared.providers.gemini.door import door_of
    from shared.scene_writers.gemini import GeminiWriter

    return GeminiWriter(door_of(settings), settings.vertex_location, clock, gates)


def _local(_: Settings, __: Clock, ___: Gates) -> SceneWriter:
    from shared.scene_writers.local import LocalWriter

    return LocalWriter()


WRITERS: dict[str, Callable[[Settings, Clock, Gates], SceneWriter]] = {"gemini": _gemini, "local": _local}


class SceneWriters:
    """Each writer made once, when a storyboard first asks for it."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._gates = Gates(clock)
        self._made: dict[str, SceneWriter] = {}

    async def __call__(self, name: str) -> SceneWriter:
        """The writer of that name, out of the table.

        Raises:
            ProviderError: this deployment lacks a setting or credentials that it needs, or has no such writer.
        """
        if name not in self._made:
            if name not in WRITERS:
                text = f"There is no writer {name} here any more; there are {', '.join(WRITERS)}."
                raise ProviderError("PERMANENT", "provider_not_configured", text)
            await asyncio.to_thread(import_module, f"{__name__}.{name}")  # an SDK may take a second to import
            try:
                self._made.setdefault(name, WRITERS[name](self._settings, self._clock, self._gates))
            except MissingSetting as exc:
                text = f"The scene writer {name} cannot be used: {exc}."
                raise ProviderError("PERMANENT", "provider_not_configured", text) from exc
        return self._made[name]
