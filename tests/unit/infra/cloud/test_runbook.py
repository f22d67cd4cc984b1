"""The runbook speaks of what there is: of its own entries, and of what a deployment makes."""

import re

from tests.unit.infra.cloud.tree import ROOT, deployment

RUNBOOK = (ROOT / "RUNBOOK.md").read_text()
# What Google's commands name, and the attribute that gives it its name.
NAMED = {
    r"run services (?:describe|update) (\S+)": ("google_cloudfunctions2_function", "name"),
    r"revisions list .*--service (\S+)": ("google_cloudfunctions2_function", "name"),
    r"scheduler jobs [a-z]+ (\S+)": ("google_cloud_scheduler_job", "name"),
    r"pubsub subscriptions [a-z]+ (\S+)": ("google_pubsub_subscription", "name"),
    r"secrets versions add (\S+)": ("google_secret_manager_secret", "secret_id"),
    r"secrets versions .*--secret (\S+)": ("google_secret_manager_secret", "secret_id"),
}


def test_links_lead_to_entries() -> None:
    """One that leads nowhere is found in the night in which it is needed."""
    headings = set(re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE))
    links = set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK))
    assert links
    assert links <= headings


def test_commands_name_what_a_deployment_has() -> None:
    """Functions, subscriptions, the scheduler's job and secrets, as Terraform calls them."""
    resources = list(deployment().resources())
    for command, (kind, attribute) in NAMED.items():
        named = set(re.findall(command, RUNBOOK.replace("\\\n", " ")))
        assert named, command
        assert named <= {one.values[attribute] for one in resources if one.type == kind}, command
