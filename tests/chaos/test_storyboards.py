"""`generate` is killed with -9 while it works on a storyboard: each scene has one picture in the end."""

from collections import Counter
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from shared.idempotency import job_id
from tests.chaos.conftest import LONG
from tests.chaos.rig import LEASE_SECONDS, Rig
from tests.waiting import until

SCENES = 3
COMMIT, PUBLISH = ("firestore", "Commit"), ("pubsub", "Publish")
QUIET_SECONDS = 2.0  # without an end, it is time that it waits for
MAX_WAITS = 6
ENDS = {"completed", "completed_with_failures", "failed", "canceled"}


class Kill(NamedTuple):
    """A side effect of `generate`, and whether it is killed before or after it."""

    what: str
    call: tuple[str, str]
    containing: tuple[str, ...]  # `{id}` is the storyboard's
    skip: int  # such calls before: the first commit of the job is that of `submit`
    effect: str

    def __str__(self) -> str:
        return f"{self.what}, killed {'before' if self.effect == 'hold' else 'after'}"

    @property
    def paid_twice(self) -> bool:
        """Whether the scenes were lost with the worker, after they were asked for."""
        return self.what == "keep the scenes" and self.effect == "hold"


POINTS: tuple[tuple[str, tuple[str, str], tuple[str, ...], int], ...] = (
    ("keep the scenes", COMMIT, ("/documents/jobs/{id}",), 3),
    ("record the parent", COMMIT, ("/documents/batches/{id}",), 0),
    ("record the pictures", COMMIT, ("parent_id", "{id}"), 0),
    ("complete", COMMIT, ("/documents/jobs/{id}",), 4),
    ("let them begin", COMMIT, ("/documents/batches/{id}",), 1),
    ("announce them", PUBLISH, ('/topics/jobs-interactive"',), 1),
)
KILLS = [Kill(*point, effect) for point in POINTS for effect in ("hold", "hold_response")]
BEFORE_PICTURES = KILLS[4]


@pytest.mark.parametrize("kill", KILLS if LONG else [BEFORE_PICTURES], ids=str)
def test_no_scene_is_lost_or_doubled(the_rig: Rig, kill: Kill) -> None:
    """Nor are scenes paid again that are kept."""
    key = uuid4().hex
    board = job_id("local", "storyboard", key)
    body = {"prompt": f"a boat {key}", "scene_count": SCENES, "render": {"cache": "off", "model": "placeholder"}}
    rule: dict[str, Any] = {
        "effect": kill.effect,
        "containing": [part.format(id=board) for part in kill.containing],
        "skip": kill.skip,
        "count": 1,
    }
    with the_rig.control.fault(*kill.call, **rule) as fault:
        answer = the_rig.api.http.post("/v1/storyboards", json=body, headers={"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["id"]) == (202, board)
        until(lambda: the_rig.control.hits(fault) > 0)
        the_rig.kill("generate")
        the_rig.running.restart("generate")
    shown = _settled(the_rig, board)
    assert shown["status"] == "completed"
    pictures = the_rig.inside.documents(parent_id=board)
    assert Counter(picture["parent_index"] for picture in pictures) == Counter(range(SCENES))
    assert {picture["status"] for picture in pictures} == {"completed"}
    stored = the_rig.stored(board) or {}
    assert len(stored["spend"]) == 1 + kill.paid_twice
    assert len(stored["scenes"]) == SCENES


def _settled(rig: Rig, board: str) -> dict[str, object]:
    """The storyboard once it has ended; the clock is moved whenever only time is waited for."""

    def look() -> dict[str, object] | None:
        shown: dict[str, object] = rig.api.http.get(f"/v1/storyboards/{board}").json()
        return shown if shown["status"] in ENDS else None

    for _ in range(MAX_WAITS):
        try:
            return until(look, seconds=QUIET_SECONDS)
        except AssertionError:
            rig.clock.advance(LEASE_SECONDS + 1)
            rig.sweep()
    return until(look)
