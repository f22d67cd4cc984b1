"""Models in use that are about to be switched off, or were: said in the logs once a day, so that somebody moves on."""

import logging
from datetime import date

from shared.catalog import catalog
from shared.domain.deprecation import NOTICE
from shared.ports import Clock
from shared.telemetry import event


class WarnOfSunsets:
    """What `sweep` does beside its repairs. Each instance of it remembers what it has said today."""

    def __init__(self, clock: Clock, default: str) -> None:
        """Take the model or alias that requests get by default; every alias counts as in use."""
        self._clock = clock
        self._default = default
        self._done: date | None = None

    def __call__(self) -> None:
        """Warn of each model in use whose sunset is at most 60 days ahead, at the first call of a day."""
        today = self._clock.now().date()
        if self._done == today:
            return
        self._done = today
        for name, used_as in _in_use(self._default).items():
            model = catalog().models[name]
            if model.sunset and model.sunset - NOTICE <= today:
                event(
                    "a model in use is switched off, or is about to be: move on to its successor",
                    level=logging.WARNING,
                    model=name,
                    used_as=used_as,
                    sunset=model.sunset,
                    days_left=(model.sunset - today).days,
                    successor=model.successor,
                )


def _in_use(default: str) -> dict[str, list[str]]:
    """Ids of models, and by which names they are used."""
    found: dict[str, list[str]] = {}
    for name, target in [*catalog().aliases.items(), ("IMAGE_MODEL", catalog().aliases.get(default, default))]:
        if target in catalog().models:
            found.setdefault(target, []).append(name)
    return found
