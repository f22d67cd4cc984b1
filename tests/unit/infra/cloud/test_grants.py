"""Who may do what in the cloud: computed from the Terraform, held against grants.yaml and the design's sentences."""

import itertools
from functools import cache
from typing import Any

import pytest
import yaml

from tests.unit.infra.cloud.grants import Grant, granted
from tests.unit.infra.cloud.hcl.modules import Module, Resource
from tests.unit.infra.cloud.tree import FUNCTIONS, GIVEN, ROOT, VARIANTS, deployment

PROJECT = GIVEN["project"]
IMAGES = "bucket PROJECT-darkroom-images"
UPLOADS = 'resource.name.startsWith("projects/_/buckets/PROJECT-darkroom-images/objects/inputs/")'


@cache
def grants() -> frozenset[Grant]:
    """Every grant of whatever is switched on or off; the project's own id is PROJECT."""
    found = {grant for variant in VARIANTS for grant in granted(deployment("prod", variant))}
    return frozenset(Grant(*(text.replace(PROJECT, "PROJECT") for text in grant)) for grant in found)


def rows() -> list[dict[str, Any]]:
    """The table."""
    table: list[dict[str, Any]] = yaml.safe_load((ROOT / "grants.yaml").read_text())
    return table


def of(row: dict[str, Any]) -> set[Grant]:
    """The grants that a row stands for."""
    may, when = " ".join(row["may"]), row.get("when", "")
    pairs = itertools.product(row["who"], row["what"])
    return {Grant(who, may, f"account {who}" if on == "account itself" else on, when) for who, on in pairs}


def test_every_grant_has_a_row_and_every_row_a_grant() -> None:
    """A new right needs a row with its reason, in the same change; one that goes takes its row along."""
    stated = {grant for row in rows() for grant in of(row)}
    assert sorted(grants() - stated) == [], "granted, but in no row of infra/cloud/grants.yaml"
    assert sorted(stated - grants()) == [], "in infra/cloud/grants.yaml, but granted nowhere"


def test_every_row_has_a_reason_and_stands_once() -> None:
    """The reason is what the table is for."""
    assert all(len(row["why"].split()) > len(["the", "reason"]) for row in rows())
    assert sum(len(of(row)) for row in rows()) == len(grants())


def test_only_generate_may_call_models() -> None:
    """They are what costs."""
    assert {grant.who for grant in grants() if "aiplatform" in grant.may} == {"darkroom-generate"}


def test_status_may_write_nothing() -> None:
    """It reads jobs and images, signs as itself, and sends its traces; no permission of it changes anything stored."""
    may = {permission for grant in grants() if grant.who == "darkroom-status" for permission in grant.may.split()}
    assert may == {
        "datastore.databases.get",
        "datastore.entities.get",
        "datastore.entities.list",
        "iam.serviceAccounts.signBlob",
        "roles/secretmanager.secretAccessor",
        "roles/telemetry.tracesWriter",
        "storage.objects.get",
    }


def test_submit_may_only_make_new_objects_where_uploads_lie() -> None:
    """Whatever address it signs: nobody reads, replaces or deletes with it, nor writes among the images."""
    assert on_images("darkroom-submit") == {("storage.objects.create", UPLOADS)}


def test_openai_reads_images_and_writes_where_uploads_lie() -> None:
    """It sends images, and keeps those of its edits; nothing outside inputs/ can be changed by it."""
    assert on_images("darkroom-openai") == {
        ("storage.objects.get", ""),
        ("storage.objects.create storage.objects.delete", UPLOADS),
    }


def test_nobody_else_touches_images() -> None:
    """Images and uploads have six users at most: notify is none of them."""
    assert {grant.who for grant in grants() if grant.on == IMAGES} == {f"darkroom-{one}" for one in FUNCTIONS} - {
        "darkroom-notify"
    }


def test_everyone_signs_as_itself_alone() -> None:
    """A signature is worth what its account may do: nobody borrows another's."""
    signers = [grant for grant in grants() if "signBlob" in grant.may]
    assert signers
    assert all(grant.on == f"account {grant.who}" for grant in signers)


@pytest.mark.parametrize(
    ("service", "caller"),
    [
        ("generate-interactive", "push-interactive"),
        ("generate-batch", "push-batch"),
        ("notify", "push-events"),
        ("sweep", "clock-sweep"),
    ],
)
def test_only_its_own_push_identity_may_call_a_worker(service: str, caller: str) -> None:
    """And that identity may do nothing else; the subscription or the schedule calls as it."""
    assert {grant.who for grant in grants() if grant.on == f"service {service}"} == {caller}
    assert {grant.on for grant in grants() if grant.who == caller} == {f"service {service}"}


def test_nothing_is_public_but_the_api() -> None:
    """Everybody may call submit, status and openai, which ask for keys themselves, and may do nothing else anywhere."""
    public = {grant for grant in grants() if grant.who in {"allUsers", "allAuthenticatedUsers"}}
    assert {grant.may for grant in public} == {"roles/run.invoker"}
    assert {grant.on for grant in public} == {"service submit", "service status", "service openai"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_workers_are_reached_from_inside_alone(variant: str) -> None:
    """Before a token is looked at, what comes from outside Google's own services is refused; so is public access."""
    for one in _all(deployment("prod", variant), "google_cloudfunctions2_function"):
        public = one.values["name"] in {"submit", "status", "openai"}
        ingress = one.values["service_config"][0]["ingress_settings"]
        assert (ingress == "ALLOW_INTERNAL_ONLY") is not public
    for one in _all(deployment("prod", variant), "google_storage_bucket"):
        assert one.values["public_access_prevention"] == "enforced"
        assert one.values["uniform_bucket_level_access"] is True


def test_every_function_runs_as_its_own_account() -> None:
    """An account for two functions would have the rights of both."""
    for one in _all(deployment("prod"), "google_cloudfunctions2_function"):
        account = one.values["service_config"][0]["service_account_email"]
        function = one.values["name"].partition("-")[0]
        assert str(account) == f'${{google_service_account.function["{function}"].email}}'


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_function_may_read_the_secrets_that_it_is_given(variant: str) -> None:
    """Without the right its instances would not start; a vendor's secret may be read before it is given."""
    for one in _all(deployment("prod", variant), "google_cloudfunctions2_function"):
        account = f"darkroom-{one.values['name'].partition('-')[0]}"
        may = {grant.on for grant in grants() if grant.who == account and "secretAccessor" in grant.may}
        secrets = one.values["service_config"][0].get("secret_environment_variables", [])
        assert {f"secret {each['secret']}" for each in secrets} <= may


def test_nobody_has_a_role_that_carries_more_than_its_work() -> None:
    """No basic role, no admin's, and none of Google's on the bucket, the database or the models."""
    for grant in grants():
        assert "admin" not in grant.may.lower()
        assert grant.may not in {"roles/owner", "roles/editor", "roles/viewer"}
        assert grant.on != IMAGES or not grant.may.startswith("roles/")


def on_images(who: str) -> set[tuple[str, str]]:
    """Of an account: permissions on images, and the condition."""
    return {(grant.may, grant.when) for grant in grants() if grant.who == who and grant.on == IMAGES}


def _all(module: Module, type_: str) -> list[Resource]:
    found = [one for one in module.resources() if one.type == type_]
    assert found
    return found
