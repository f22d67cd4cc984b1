"""What decides cost and safety is said, not left to a default: functions, lanes, buckets and the database."""

from typing import Any

import pytest

from infra.bundle import functions
from infra.closure import ROOT as CODE
from tests.unit.infra.cloud.tree import FUNCTIONS, VARIANTS, deployment

EXPLICIT = {
    "available_cpu",
    "available_memory",
    "ingress_settings",
    "max_instance_count",
    "max_instance_request_concurrency",
    "min_instance_count",
    "service_account_email",
    "timeout_seconds",
}


def of(type_: str, environment: str = "prod", variant: str = "gateway") -> list[dict[str, Any]]:
    """The resources of a type."""
    return [one.values for one in deployment(environment, variant).resources() if one.type == type_]


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_function_says_how_large_it_is_and_who_reaches_it(variant: str) -> None:
    """Google's defaults are for nobody in particular, and change."""
    for function in of("google_cloudfunctions2_function", variant=variant):
        (service,) = function["service_config"]
        assert set(service) >= EXPLICIT
        assert all(service[name] is not None for name in EXPLICIT)


def test_what_is_deployed_is_what_there_is() -> None:
    """Every folder of functions/ is deployed, each from its own bundle; the entry point is in its main.py."""
    deployed = of("google_cloudfunctions2_function")
    assert {function["build_config"][0]["entry_point"] for function in deployed} == set(functions()) == set(FUNCTIONS)
    for function in deployed:
        (build,) = function["build_config"]
        assert f"def {build['entry_point']}(" in (CODE / "functions" / build["entry_point"] / "main.py").read_text()
        assert build["source"][0]["storage_source"][0]["object"].startswith(f"{build['entry_point']}/")


def test_every_lane_has_its_own_of_everything() -> None:
    """Topic, subscription, dead letters with a subscription, caller, and deployment: no lane waits for another."""
    pushes = [one for one in of("google_pubsub_subscription") if "push_config" in one]
    assert len(pushes) == 3
    for distinct in (
        [str(one["topic"]) for one in pushes],
        [str(one["push_config"][0]["push_endpoint"]) for one in pushes],
        [str(one["push_config"][0]["oidc_token"][0]["service_account_email"]) for one in pushes],
        [str(one["dead_letter_policy"][0]["dead_letter_topic"]) for one in pushes],
    ):
        assert len(set(distinct)) == len(pushes)
    others = [one for one in of("google_pubsub_subscription") if "push_config" not in one]
    assert {str(one["topic"]) for one in others} == {
        str(one["dead_letter_policy"][0]["dead_letter_topic"]) for one in pushes
    }


def test_no_subscription_goes_for_being_idle() -> None:
    """Pub/Sub deletes one that nobody used for a month, unless it is told not to."""
    for one in of("google_pubsub_subscription"):
        assert one["expiration_policy"] == [{"ttl": ""}]


def test_what_is_stored_is_safe_in_production_and_gone_with_a_trial() -> None:
    """Production refuses to lose jobs and images; a trial can be destroyed by one command."""
    for environment, protected in (("prod", True), ("dev", False)):
        (database,) = of("google_firestore_database", environment)
        assert (database["delete_protection_state"] == "DELETE_PROTECTION_ENABLED") is protected
        images = next(one for one in of("google_storage_bucket", environment) if "images" in one["name"])
        assert images["force_destroy"] is not protected
