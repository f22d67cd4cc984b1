"""What a function says when its configuration lacks something: a 503 that names the variable, and no stack trace."""

import httpx
import pytest

from tests.integration.alone import VARIABLES, one_function
from tests.integration.in_process import served

JOB = ("POST", "/v1/jobs", {"prompt": "a fox"})


def test_a_function_without_a_bucket_starts_and_says_so() -> None:
    """Started alone under functions-framework, it answers every request so."""
    with one_function("submit", GCS_BUCKET_NAME="") as url:
        answer = httpx.post(f"{url}/v1/jobs", json={"prompt": "a fox"}, timeout=30, trust_env=False)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.json()["code"] == "missing_gcs_bucket_name"
    assert "GCS_BUCKET_NAME" in answer.json()["detail"]


@pytest.mark.parametrize("function", ["submit", "generate", "status", "sweep"])
def test_each_function_names_what_it_lacks(function: str) -> None:
    """The bucket; nothing else of the machine shows."""
    answer = served(function, {**VARIABLES, "GCS_BUCKET_NAME": ""}, JOB).answers[0]
    assert (answer.status, answer.problem["code"]) == (503, "missing_gcs_bucket_name")
    assert "GCS_BUCKET_NAME" in answer.problem["detail"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("variable", "value", "status", "code"),
    [
        ("GOOGLE_CLOUD_PROJECT", "", 503, "missing_google_cloud_project"),
        ("LEASE_SECONDS", "1", 503, "bad_configuration"),
        ("LEASE_SECONDS", "soon", 503, "bad_configuration"),
        ("AUTH_MODE", "open", 503, "bad_configuration"),
    ],
)
def test_each_variable_is_named(variable: str, value: str, status: int, code: str) -> None:
    """Missing, or of a value that cannot be meant."""
    answer = served("submit", {**VARIABLES, variable: value}, JOB).answers[0]
    assert (answer.status, answer.problem["code"]) == (status, code)
    assert variable in answer.problem["detail"].upper()
