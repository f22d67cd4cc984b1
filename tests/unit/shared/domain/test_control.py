"""Which jobs a pause is about."""

import pytest

from shared.domain.control import holding, is_name
from tests.builders import a_job, a_job_in

JOB = a_job(tenant="acme", priority="batch", provider="imagen")


@pytest.mark.parametrize("name", ["tenant_acme", "lane_batch", "provider_imagen"])
def test_a_job_waits_for_its_lane_its_provider_and_its_tenant(name: str) -> None:
    """And for no other."""
    assert holding(JOB, frozenset({name, "lane_other"})) == name
    assert holding(JOB, frozenset({"tenant_other", "lane_interactive", "provider_gemini"})) is None


def test_what_a_provider_works_on_already_is_under_way() -> None:
    """It is paid for: its images are fetched."""
    assert holding(a_job(provider_operation="operation-1"), frozenset({"lane_interactive"})) is None


def test_a_job_that_will_begin_with_its_first_model_waits_for_that_one_s_provider() -> None:
    """Whichever it ended its last attempt with."""
    job = a_job_in("queued", provider="gemini", model="g", first_provider="imagen", first_model="i")
    assert holding(job, frozenset({"provider_gemini"})) is None
    assert holding(job, frozenset({"provider_imagen"})) == "provider_imagen"


@pytest.mark.parametrize(("text", "named"), [("a-b.c_d@e", True), ("", False), ("a/b", False), ("x" * 129, False)])
def test_a_name_can_be_part_of_a_document_s_id(text: str, named: bool) -> None:  # noqa: FBT001 - a table
    """Nothing else is looked for."""
    assert is_name(text) is named
