"""Nothing in our Terraform waits for itself."""

from pathlib import Path

import pytest

from tests.unit.infra.cloud.order import circle, waits
from tests.unit.infra.cloud.tree import ROOT

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
