"""GET /v1/jobs: what can be found, and in pages."""

import pytest

from tests.integration.api import Api, a_key


def test_jobs_are_found_by_what_they_are_and_what_they_say(api: Api) -> None:
    """By project, by label, by the words of their prompt; the newest first, page by page."""
    project, word = f"listing-{a_key()[:8]}", f"fox{a_key()[:8]}"
    first = api.submit(project_id=project, prompt=f"A {word}, running", labels={"shot": project})
    second = api.submit(project_id=project, prompt=f"a {word} at rest", not_before="2999-01-01T00:00:00Z")
    api.ended(first)

    def found(**filters: str) -> list[str]:
        jobs = api.http.get("/v1/jobs", params=filters).raise_for_status().json()["jobs"]
        return [job["id"] for job in jobs]

    assert found(project_id=project) == [second["id"], first["id"]]
    assert found(project_id=project, status="queued") == [second["id"]]
    assert found(label=f"shot={project}") == [first["id"]]
    assert found(q=f"running {word.upper()}") == [first["id"]]
    assert found(project_id=project, created_after=first["created_at"]) == [second["id"]]
    page = api.http.get("/v1/jobs", params={"project_id": project, "page_size": "1"}).json()
    rest = {"project_id": project, "page_size": "1", "page_token": page["next_page_token"]}
    assert [job["id"] for job in page["jobs"]] + found(**rest) == [second["id"], first["id"]]
    api.delete(second)
    assert found(project_id=project) == [first["id"]]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("colour=red", "unknown_filter"),
        ("status=done", "invalid_filter"),
        ("status=failed&status=queued", "invalid_query"),
        ("label=shot", "invalid_filter"),
        ("q=%20", "invalid_filter"),
        ("created_after=2026-11-21T12:00:00", "invalid_filter"),
        ("user_id=u&label=a%3Db", "unsupported_filters"),
        ("page_size=0", "invalid_page_size"),
        ("page_token=x", "invalid_page_token"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(api: Api, query: str, code: str) -> None:
    """With what can be."""
    answer = api.http.get(f"/v1/jobs?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
