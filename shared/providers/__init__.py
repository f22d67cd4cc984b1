"""Who makes the pictures: one module a provider, its vendor imported when it is first used.

A provider is a module of its name with a class, and a line in the table: name → factory.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from shared import collector
from shared.config import MissingSetting, Settings
from shared.domain.callbacks import address
from shared.domain.errors import ProviderError
from shared.ports import Clock, ImageProvider
from shared.providers.gates import Gates


class Parts(NamedTuple):
    """What a provider may be made of."""

    settings: Settings
    clock: Clock
    gates: Gates


Factory = Callable[[Parts], ImageProvider]


def _gemini(parts: Parts) -> ImageProvider:
    from shared.providers.gemini import Gemini, door_of

    return Gemini(door_of(parts.settings), parts.settings.vertex_location, parts.clock, parts.gates)


def _imagen(parts: Parts) -> ImageProvider:
    from shared.providers.imagen import Imagen, client

    settings = parts.settings
    project = settings.need("google_cloud_project")
    prediction = client(settings.vertex_location, settings.vertex_emulator_host)
    return Imagen(prediction, project, settings.vertex_location, parts.clock, parts.gates)


def _nanobanana(parts: Parts) -> ImageProvider:
    from shared.providers.nanobanana import NanoBanana, base_url

    settings = parts.settings
    key, url = settings.need("nano_banana_api_key"), base_url(settings.nano_banana_api_url)
    callback = None
    if not settings.provider_polling:
        callback = partial(address, settings.need("public_url"), settings.need("callback_secret"), "nanobanana")
    private = settings.private_addresses
    return NanoBanana(url, key, parts.clock, parts.gates, callback=callback, allow_private=private)


def _replicate(parts: Parts) -> ImageProvider:
    from shared.providers.replicate import Replicate, base_url

    settings = parts.settings
    key, url = settings.need("replicate_api_token"), base_url(settings.replicate_api_url)
    return Replicate(url, key, parts.clock, parts.gates, allow_private=settings.private_addresses)


def _placeholder(_: Parts) -> ImageProvider:
    from shared.providers.placeholder import Placeholder

    return Placeholder()


PROVIDERS: dict[str, Factory] = {
    "gemini": _gemini,
    "imagen": _imagen,
    "nanobanana": _nanobanana,
    "placeholder": _placeholder,
    "replicate": _replicate,
}


class Providers:
    """Each provider made once, when a job first asks for it."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._parts = Parts(settings, clock, Gates(clock))
        self._made: dict[str, ImageProvider] = {}
        self._loading: dict[str, asyncio.Future[ModuleType]] = {}

    def prepare(self, name: str) -> None:
        """Begin to load what the provider of that name needs, where there is one: its job is on its way.

        Nobody waits for it here, and nobody is told what goes wrong: the job that asks for the provider will be.
        """
        if name in PROVIDERS and name not in self._made:
            self._load(name)

    async def __call__(self, name: str) -> ImageProvider:
        """The provider of that name, out of the table.

        Raises:
            ProviderError: this deployment lacks a setting or credentials that it needs.
        """
        if name not in self._made:
            await asyncio.shield(self._load(name))  # a job that is given up does not end the load that others wait for
            try:
                self._made.setdefault(name, PROVIDERS[name](self._parts))
            except MissingSetting as exc:
                text = f"The provider {name} cannot be used: {exc}."
                raise ProviderError("PERMANENT", "provider_not_configured", text) from exc
        return self._made[name]

    def _load(self, name: str) -> "asyncio.Future[ModuleType]":
        """The import that is under way, or over; a failed one is tried again by whoever asks next.

        An SDK may take a second: on a thread, so that this job's claim, and the other jobs' writes, go on.
        """
        if name not in self._loading:
            load = asyncio.ensure_future(asyncio.to_thread(collector.rested, import_module, f"{__name__}.{name}"))
            self._loading[name] = load
            load.add_done_callback(partial(self._loaded, name))
        return self._loading[name]

    def _loaded(self, name: str, load: "asyncio.Future[ModuleType]") -> None:
        if load.cancelled() or load.exception():
            del self._loading[name]
