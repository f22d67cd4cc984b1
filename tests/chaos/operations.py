"""A provider that is submitted to and then polled, whose answers can be held back or lost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.chaos.receiver import Effect, Rule
from tests.fakes.http_server import Answer, Asked
from tests.fakes.nanobanana_server import GENERATE, NanoBananaServer


class Operations(NanoBananaServer):
    """Every operation is done at the second look."""

    def __init__(self) -> None:
        super().__init__(polls=1)
        self._rule: Rule | None = None
        self._lock = threading.Lock()
        self._answer_as_documented = self.answer
        self.answer = self._answer

    @contextmanager
    def rule(self, effect: Effect) -> Iterator[Rule]:
        """The next submission meets this."""
        rule = Rule(effect, "", once=True)
        self._rule = rule
        try:
            yield rule
        finally:
            self._rule = None
            rule.ended.set()

    def _answer(self, asked: Asked) -> Answer:
        rule = self._struck() if asked.path == GENERATE else None
        if rule is None:
            return self._answer_as_documented(asked)
        if rule.effect == "hold":
            rule.ended.wait()
            return Answer(reset=True)  # whoever submitted it has been killed
        done = self._answer_as_documented(asked)
        return replace(done, held=rule.ended) if rule.effect == "hold_response" else Answer(reset=True)

    def _struck(self) -> Rule | None:
        with self._lock:
            if self._rule is None or self._rule.hits:
                return None
            self._rule.hits += 1
            return self._rule
