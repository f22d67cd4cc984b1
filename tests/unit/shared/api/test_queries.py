"""Parameters of a query: once each, and flags that say yes or no."""

import pytest

from tests.unit.shared.api.asking import Api


@pytest.mark.parametrize("path", ["/v1/jobs?status=failed&status=failed", "/v1/usage?from=2026-11-01&from=2026-11-02"])
def test_a_parameter_is_given_once(path: str) -> None:
    """Of two, nobody could say which is meant."""
    answer = Api().status.get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")


@pytest.mark.parametrize(("flag", "status"), [("", 404), ("=true", 404), ("=0", 404), ("=yes", 400), ("=%00", 400)])
def test_a_flag_is_given_alone_or_is_true_or_false(flag: str, status: int) -> None:
    """Anything else is neither."""
    assert Api().status.get(f"/v1/jobs/{'a' * 26}/images/0?thumbnail{flag}").status_code == status


def test_spend_is_asked_for_by_types_that_there_are() -> None:
    """A type that there is not is a mistake, not a type without spend."""
    answer = Api().status.get("/v1/usage?job_type=null")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_filter")


@pytest.mark.parametrize("path", ["/v1/usage", "/v1/stats"])
def test_a_window_that_ends_with_the_beginning_of_time_is_refused(path: str) -> None:
    """There is nothing before it."""
    answer = Api().status.get(f"{path}?to=0001-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_window")
    assert Api().status.get(f"{path}?to=0001-01-01").status_code == 200
