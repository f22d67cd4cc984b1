"""Nothing in our Terraform waits for itself."""

import re
from pathlib import Path

import pytest

from tests.unit.infra.cloud.order import circle, waits
from tests.unit.infra.cloud.tree import ROOT, VARIANTS, deployment

CALLS = """
module "caller" {
  source   = "./modules/caller"
  for_each = { a = 1 }
  uri      = module.called[each.key].uri
}
module "called" {
  source   = "./modules/called"
  for_each = local.called
}
locals {
  called = { a = KEY }
}
"""
CALLER = """
variable "uri" {}
resource "google_service_account" "who" {}
resource "google_pubsub_subscription" "push" { push_endpoint = var.uri }
output "who" { value = google_service_account.who.email }
"""
CALLED = """
resource "google_cloudfunctions2_function" "this" {}
output "uri" { value = google_cloudfunctions2_function.this.uri }
"""


def test_there_is_an_order_to_make_everything_in() -> None:
    """Else Terraform refuses to plan, and says so only where it is installed."""
    assert circle(ROOT) == []
    known = waits(ROOT)
    named = set().union(*known.values())
    assert len(known) > 200
    assert {"module.lane.output.push_member", "module.api.output.host", "local.functions"} <= named & set(known)


def before(node: str, known: dict[str, set[str]]) -> set[str]:
    """All that is made before it."""
    found: set[str] = set()
    open_ends = {node}
    while open_ends:
        found |= open_ends
        open_ends = set().union(*(known.get(each, set()) for each in open_ends)) - found
    return found


def test_objectives_and_alerts_come_last_and_metrics_first() -> None:
    """Cloud Monitoring refuses an objective of a metric that it does not know, and tells of what is not there yet."""
    known = waits(ROOT)
    function = "module.function.google_cloudfunctions2_function.this"
    metric = before("module.monitoring.google_logging_metric.metric", known)
    assert "local.services" in metric
    assert function not in metric
    for late in ("slo.objective", "alert_policy.alert", "alert_policy.burn", "alert_policy.unavailable"):
        assert function in before(f"module.monitoring.google_monitoring_{late}", known)


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_watched_is_what_is_deployed(variant: str) -> None:
    """The services are named without waiting for them, and so might be named wrongly."""
    made = list(deployment("prod", variant).resources())
    deployed = {one.values["name"] for one in made if one.type == "google_cloudfunctions2_function"}
    filters = {one.values["filter"] for one in made if one.type == "google_logging_metric"}
    named = [set(re.findall('"([^"]+)"', each.split("service_name=(")[1].split(")")[0])) for each in filters]
    assert named
    assert all(each == deployed for each in named)


@pytest.mark.parametrize(
    ("key", "circular"), [('module.caller["a"].who', False), ('[for each in ["a"] : module.caller[each].who]', True)]
)
def test_a_module_that_is_looked_up_is_waited_for_as_a_whole(tmp_path: Path, key: str, circular: bool) -> None:  # noqa: FBT001 - a case
    """Two modules may name each other's outputs, by keys that are written out."""
    for name, text in {"caller": CALLER, "called": CALLED}.items():
        (tmp_path / "modules" / name).mkdir(parents=True)
        (tmp_path / "modules" / name / "main.tf").write_text(text)
    (tmp_path / "main.tf").write_text(CALLS.replace("KEY", key))
    assert bool(circle(tmp_path)) is circular
