"""A SceneWriter that writes what the test says, or fails as it says."""

from datetime import datetime

from shared.domain.errors import ProviderError
from shared.domain.storyboard import Scene
from shared.ports import Checkpoint
from shared.ports.scene_writer import Ask, SceneWriter, Written


class FakeSceneWriter:
    """Each call takes the next of `outcomes`; with none left, it writes so many plain scenes."""

    def __init__(self) -> None:
        self.outcomes: list[ProviderError | Written] = []
        self.asked: list[Ask] = []

    async def __call__(self, name: str) -> SceneWriter:  # noqa: ARG002 - every name is this one
        """As SceneWriters."""
        return self

    async def write(self, ask: Ask, deadline: datetime, checkpoint: Checkpoint) -> Written:  # noqa: ARG002 - the port's
        """See SceneWriter.write."""
        self.asked.append(ask)
        outcome = self.outcomes.pop(0) if self.outcomes else written(ask.count)
        if isinstance(outcome, ProviderError):
            raise outcome
        return outcome


def written(count: int, cost_micros: int | None = 7) -> Written:
    """So many scenes."""
    scenes = tuple(Scene(prompt=f"scene {number}", negative_prompt="fog") for number in range(count))
    return Written(scenes=scenes, cost_micros=cost_micros)
