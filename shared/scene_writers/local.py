"""Scenes without a model: the user's idea, seen as a film sees things; the same for the same words."""

from datetime import datetime
from hashlib import sha256

from shared.domain.storyboard import MAX_SCENE, Scene
from shared.ports import Checkpoint
from shared.ports.scene_writer import Ask, Written

SHOTS = ("Wide establishing shot", "Medium shot", "Close-up", "Low-angle shot", "Tracking shot", "Aerial shot")
MOMENTS = ("as it begins", "on the way", "at the turning point", "in a moment of rest", "as all comes together")
LIGHTS = ("soft light of dawn", "clear light of noon", "long golden evening light", "blue dusk", "warm lamps at night")
UNWANTED = "text, watermark, blurred faces, distorted hands"


class LocalWriter:
    """Costs nothing, and never fails."""

    async def write(self, ask: Ask, deadline: datetime, checkpoint: Checkpoint) -> Written:  # noqa: ARG002 - the port's
        """See SceneWriter.write."""
        start = int.from_bytes(sha256(ask.about.encode()).digest()[:4])
        return Written(scenes=tuple(_scene(ask, number, start) for number in range(ask.count)), cost_micros=0)


def _scene(ask: Ask, number: int, start: int) -> Scene:
    """The first and the last of the moments are the video's own; the rest turn about."""
    shot, light = SHOTS[number % len(SHOTS)], LIGHTS[(start + number) % len(LIGHTS)]
    moment = MOMENTS[number * len(MOMENTS) // ask.count]
    rest = f", {moment}, {light}. Scene {number + 1} of {ask.count}."
    about = ask.about.strip().rstrip(".")[: MAX_SCENE - 200]
    return Scene(prompt=f"{shot}: {about}{rest}", negative_prompt=UNWANTED)
