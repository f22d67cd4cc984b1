"""What a model's failures lead to, behind the whole stack: other models, or a wait that costs nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.api import Api, Job
from tests.integration.inside import Inside
from tests.processes import Control
from tests.stack import RunningStack
from tests.waiting import until

FAST, ULTRA = "imagen-4.0-fast-generate-001", "imagen-4.0-ultra-generate-001"
ENOUGH = 5  # failures in a row


@pytest.fixture(scope="module", autouse=True)
def _forgotten(darkroom: RunningStack) -> Iterator[None]:
    """What the instance learns here of its models is not for the tests after this."""
    yield
    darkroom.kill("generate")
    darkroom.restart("generate")


def _notes(job: Job) -> list[str]:
    return [moment["note"] for moment in job["timeline"] if moment.get("note")]


def _given_back(api: Api, job: Job) -> None:
    until(lambda: (api.get(job)["failure"] or {}).get("code") == "circuit_open")


def _stored(inside: Inside, job: Job) -> dict[str, Any]:
    found: dict[str, Any] = inside.database.collection("jobs").document(job["id"]).get().to_dict()
    return found


def test_an_open_circuit_keeps_calls_away_and_sends_jobs_where_they_may_go(
    api: Api, inside: Inside, control: Control
) -> None:
    """Jobs that may go nowhere else are given back, uncounted; the others have their images at once."""
    with control.fault("vertex", "Predict", code="UNAVAILABLE", containing=[FAST]) as fault:
        waiting = [api.submit(model="fast", cache="off") for _ in range(ENOUGH)]
        for job in waiting:
            _given_back(api, job)
            assert _stored(inside, job).get("counted_attempts", 0) == 0
        made = control.hits(fault)
        other = api.completed(model="fast", fallback=["standard"])
        painted = api.completed(model="fast", allow_placeholder=True)
        assert control.hits(fault) == made < 2 * ENOUGH
    assert (other["model_requested"], other["model"]) == ("fast", "imagen-4.0-generate-001")
    assert f"{FAST}: circuit_open; goes on with imagen-4.0-generate-001" in _notes(other)
    assert [item["actual_micros"] for item in other["cost"]["items"]] == [0, 40_000]
    assert (painted["model"], painted["placeholder"], painted["cost"]["actual_micros"]) == ("placeholder", True, 0)
    assert f"{FAST}: circuit_open; goes on with placeholder" in _notes(painted)
    for job in waiting:
        assert api.command(job, "cancel").status_code in {200, 202}


def test_a_model_that_is_switched_off_gives_way_to_its_successor(api: Api, control: Control) -> None:
    """Unasked; later jobs go there at once. What it does not know is left out, and that is said."""
    with control.fault("vertex", "Predict", code="NOT_FOUND", containing=[ULTRA]) as fault:
        first = api.completed(model="ultra", seed=7)
        second = api.completed(model="ultra", n=2)
        assert control.hits(fault) == 1
    for job in (first, second):
        assert (job["model_requested"], job["model"]) == ("ultra", "gemini-3-pro-image")
    assert f"{ULTRA}: model_not_found; goes on with gemini-3-pro-image, which does not know: seed" in _notes(first)[0]
    assert [item["actual_micros"] for item in first["cost"]["items"]] == [0, 134_000]
    assert [item["actual_micros"] for item in second["cost"]["items"]] == [268_000]
    assert api.image(second, 1).status_code == 200
