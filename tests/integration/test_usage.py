"""GET /v1/usage and /v1/stats: what was spent, and how jobs went."""

from typing import Any

import pytest

from tests.integration.api import Api, a_key, a_prompt


@pytest.fixture(scope="module")
def project_id() -> str:
    """A project that no other test writes to."""
    return f"usage-{a_key()[:8]}"


@pytest.fixture
def spent(api: Api, project_id: str) -> dict[str, Any]:
    """What the project has spent after a paid job, its copy, and a refused one."""
    prompt = a_prompt()
    api.completed(prompt=prompt, project_id=project_id, n=2)
    api.completed(prompt=prompt, project_id=project_id, n=2)
    api.reached(api.submit(prompt=a_prompt("[[blocked]]"), project_id=project_id), "failed")
    found: dict[str, Any] = api.http.get("/v1/usage", params={"project_id": project_id}).raise_for_status().json()
    return found


def test_what_a_project_spent_can_be_asked_for(api: Api, project_id: str, spent: dict[str, Any]) -> None:
    """The copy and the refusal are jobs that cost nothing; the figures of the same window agree."""
    assert spent["total"] == {"jobs": 3, "images": 4, "calls": 2, "micros": 80_000, "unknown_calls": 0}
    assert sum(group["micros"] for group in spent["groups"]) == 80_000
    stats = api.http.get("/v1/stats", params={"project_id": project_id}).raise_for_status().json()
    assert stats["by_status"] == {"completed": 2, "failed": 1}
    assert stats["failures_by_code"] == {"safety_blocked": 1}
    assert stats["cost_by_type"]["image"]["total_micros"] == 80_000
    assert stats["cache_hit_rate"] == pytest.approx(0.5)
    assert stats["total"]["p95_ms"] >= stats["total"]["p50_ms"] > 0


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"from": "yesterday"}, "invalid_window"),
        ({"from": "2026-11-21T12:00:00"}, "invalid_window"),
        ({"from": "2026-11-22", "to": "2026-11-20"}, "invalid_window"),
        ({"group_by": "colour"}, "invalid_group_by"),
        ({"project_id": "a", "model": "b"}, "too_many_filters"),
    ],
)
def test_what_cannot_be_meant_is_refused(api: Api, parameters: dict[str, str], code: str) -> None:
    """With what could be."""
    answer = api.http.get("/v1/usage", params=parameters)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
