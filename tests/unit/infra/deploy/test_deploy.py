"""What `make deploy` and `make destroy` do, step by step, with stand-ins for terraform and gcloud."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from infra.deploy.__main__ import deploy, destroy
from infra.deploy.archives import Archive
from infra.deploy.tools import Tools
from infra.deploy.wanted import DeployError, Wanted
from tests.processes import ROOT
from tests.unit.infra.deploy.programs import OUTPUTS, PLAN, Programs

CHECKS = ["gcloud auth list", "gcloud auth application-default print-access-token",
          "gcloud projects describe my-project", "gcloud billing projects describe",
          "gcloud storage buckets describe"]  # fmt: skip
FRESH = {"gcloud storage buckets describe": {"code": 1, "error": "ERROR: gs://… not found: 404."}}
REMOVES = {
    **PLAN,
    "resource_changes": [
        {
            "address": "module.x.google_pubsub_topic.this",
            "type": "google_pubsub_topic",
            "change": {"actions": ["delete"]},
        },
        {"address": "b", "type": "google_storage_bucket_object", "change": {"actions": ["create", "delete"]}},
    ],
}
KEYED = {**PLAN, "variables": {"provider_keys": {"value": ["GEMINI_API_KEY"]}}}


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """The programs, for a project that is in order."""
    (tmp_path / "bin").mkdir()
    return Programs(tmp_path / "bin")


@pytest.fixture
def what(tmp_path: Path) -> Wanted:
    """A deployment to a project."""
    return Wanted(project="my-project", region="us-central1", environment="dev", build=tmp_path / "build")


def run(what: Wanted, programs: Programs, **more: str) -> None:
    """`make deploy` with one bundle."""
    given = {**programs.environment, **more}
    deploy(what, Tools(given), given, lambda: {"submit": Archive("/b/submit-12.zip", "12ab")})


def test_a_deployment_is_planned_and_applied(
    programs: Programs, what: Wanted, capsys: pytest.CaptureFixture[str]
) -> None:
    """After every check; then it says where it is, how to make the first key, and what to check."""
    run(what, programs)
    steps = ["terraform init", "terraform output", "terraform plan", "terraform show", "terraform apply",
             "terraform output"]  # fmt: skip
    assert programs.heads() == CHECKS + steps
    applied = next(line for line in programs.called if line.startswith("terraform apply"))
    assert applied == f"terraform apply {what.folder / 'plan'}"
    given = json.loads((what.folder / "given.tfvars.json").read_text())
    assert given["bundles"] == {"submit": {"path": "/b/submit-12.zip", "sha256": "12ab"}}
    said = capsys.readouterr().out
    assert "It is at https://darkroom-abc.uc.gateway.dev" in said
    assert "Its charts: https://console.cloud.google.com/monitoring/" in said
    assert "GOOGLE_CLOUD_PROJECT=my-project .venv/bin/python -m infra.tenants create my-team" in said
    assert "darkroom doctor --url https://darkroom-abc.uc.gateway.dev" in said


def test_secrets_are_in_no_command_and_no_file(programs: Programs, what: Wanted) -> None:
    """They reach Terraform by its environment alone."""
    run(what, programs)
    written = "".join(path.read_text() for path in what.folder.iterdir() if path.is_file())
    assert "whsec_" not in written + "".join(programs.called)
    assert "CALLBACK_SECRET" not in written + "".join(programs.called)


def test_the_first_deployment_makes_a_bucket_for_the_state(programs: Programs, what: Wanted) -> None:
    """Private, with versions, in the project's region, before Terraform looks for it."""
    programs.answer(FRESH)
    run(what, programs)
    assert programs.heads()[5:9] == [
        "gcloud services enable cloudresourcemanager.googleapis.com", "gcloud storage buckets create",
        "gcloud storage buckets update", "terraform init",
    ]  # fmt: skip
    made = next(line for line in programs.called if " create " in line)
    for option in ("--location=us-central1", "--uniform-bucket-level-access", "--public-access-prevention"):
        assert option in made
    assert "-backend-config=bucket=my-project-darkroom-state" in next(
        line for line in programs.called if line.startswith("terraform init")
    )


def test_a_dry_run_changes_nothing(programs: Programs, what: Wanted) -> None:
    """Neither where something is deployed nor where nothing is."""
    dry = msgspec.structs.replace(what, dry_run=True)
    run(dry, programs)
    assert programs.heads()[-1] == "terraform show"
    programs.answer(FRESH)
    run(dry, programs)
    assert programs.heads()[-1] == "gcloud storage buckets describe"


def test_nothing_is_applied_where_nothing_changed(programs: Programs, what: Wanted) -> None:
    """It still says where it is."""
    programs.answer({"terraform plan": {"code": 0}})
    run(what, programs)
    assert "terraform apply" not in programs.heads()
    assert programs.heads()[-1] == "terraform output"


def test_what_removes_something_needs_a_word(programs: Programs, what: Wanted) -> None:
    """CONFIRM, where nobody is at a terminal; archives come and go without."""
    programs.answer({"terraform show": {"says": json.dumps(REMOVES)}})
    with pytest.raises(DeployError, match="say CONFIRM=my-project"):
        run(what, programs)
    assert "terraform apply" not in programs.heads()
    run(msgspec.structs.replace(what, confirmed=True), programs)
    assert "terraform apply" in programs.heads()


@pytest.mark.parametrize(
    ("answers", "says", "last"),
    [
        ({"gcloud auth list": {"says": ""}}, "gcloud auth login", "gcloud auth list"),
        ({"gcloud auth application-default": {"code": 1}}, "gcloud auth application-default login", CHECKS[1]),
        ({"gcloud projects describe": {"code": 1, "error": "denied"}}, "me@example.com may not see it",
         "gcloud config get-value account"),
        ({"gcloud projects describe": {"says": "DELETE_REQUESTED\t12"}}, "is DELETE_REQUESTED", CHECKS[2]),
        ({"gcloud billing": {"says": "False"}}, "nobody pays for the project my-project", CHECKS[3]),
        ({"gcloud storage buckets describe": {"says": "666"}}, "belongs to the project 666", CHECKS[4]),
        ({"gcloud storage buckets describe": {"code": 1, "error": "403"}}, "cannot be looked at", CHECKS[4]),
        ({**FRESH, "gcloud storage buckets create": {"code": 1, "error": "no"}}, "cannot be made",
         "gcloud storage buckets create"),
        ({"terraform init": {"code": 1}}, "could not begin", "terraform init"),
        ({"terraform plan": {"code": 1}}, "Nothing was changed", "terraform plan"),
        ({"terraform apply": {"code": 1}}, "The same command goes on from there", "terraform apply"),
        ({"terraform show": {"says": json.dumps(KEYED)}, "gcloud secrets": {"code": 1}},
         "gcloud secrets versions add gemini-api-key",
         "gcloud secrets versions describe"),
    ],
)  # fmt: skip
def test_it_stops_where_something_is_wrong(
    programs: Programs, what: Wanted, answers: Mapping[str, Any], says: str, last: str
) -> None:
    """With what to do about it, and nothing after it is done."""
    programs.answer(answers)
    with pytest.raises(DeployError, match=says):
        run(what, programs)
    assert programs.heads()[-1] == last


def test_another_environment_is_not_put_over_what_is_there(programs: Programs, what: Wanted) -> None:
    """ENV is dev unless it is said: by a word left out, a production would lose its protection. CONFIRM means it."""
    there = {**OUTPUTS, "environment": {"value": "prod"}, "region": {"value": "us-central1"}}
    programs.answer({"terraform output": {"says": json.dumps(there)}})
    with pytest.raises(DeployError, match="my-project holds a deployment with ENV=prod, and there is one a project"):
        run(what, programs)
    assert programs.heads()[-1] == "terraform output"
    run(msgspec.structs.replace(what, confirmed=True), programs)
    run(msgspec.structs.replace(what, environment="prod"), programs)
    assert programs.heads().count("terraform apply") == 2


def test_credentials_of_a_pipeline_need_no_login(programs: Programs, what: Wanted) -> None:
    """A key file or a token does, in the variables that Terraform reads."""
    programs.answer({"gcloud auth application-default": {"code": 1}})
    run(what, programs, GOOGLE_OAUTH_ACCESS_TOKEN="t")  # noqa: S106 - none
    assert "terraform apply" in programs.heads()


@pytest.mark.parametrize(
    ("missing", "answers", "says"),
    [
        ({"gcloud": False}, {}, "gcloud is not on PATH"),
        ({"terraform": False}, {}, "terraform or tofu is not on PATH: install Terraform or OpenTofu, 1.11"),
        ({}, {"terraform version": {"says": '{"terraform_version": "1.9.8"}'}}, "is 1.9.8; it takes 1.11 or newer"),
        ({}, {"terraform version": {"code": 1, "error": "broken"}}, "does not say its version: broken"),
    ],
)
def test_programs_that_lack_or_are_too_old_are_named(
    tmp_path: Path, missing: dict[str, bool], answers: Mapping[str, Any], says: str
) -> None:
    """Before anything is asked of the cloud."""
    programs = Programs(tmp_path, **missing)
    programs.answer(answers)
    with pytest.raises(DeployError, match=says):
        Tools(programs.environment)
    assert programs.heads() == []


def test_what_is_protected_is_not_destroyed(programs: Programs, what: Wanted) -> None:
    """It says how to take the protection away first."""
    protected = {**OUTPUTS, "deletion_protection": {"value": True}}
    programs.answer({"terraform output": {"says": json.dumps(protected)}})
    with pytest.raises(DeployError, match=r"set deletion_protection = false in infra/cloud/environments/dev.tfvars"):
        destroy(msgspec.structs.replace(what, confirmed=True), Tools(programs.environment), programs.environment)
    assert programs.heads()[-1] == "terraform output"


def test_what_is_not_protected_goes_when_the_project_is_named(programs: Programs, what: Wanted) -> None:
    """A plan first, and the word."""
    programs.answer({"terraform show": {"says": json.dumps(REMOVES)}})
    tools = Tools(programs.environment)
    with pytest.raises(DeployError, match="say CONFIRM=my-project"):
        destroy(what, tools, programs.environment)
    assert any(line.startswith("terraform plan -destroy") for line in programs.called)
    destroy(msgspec.structs.replace(what, confirmed=True), tools, programs.environment)
    assert programs.heads()[-1] == "terraform apply"


def test_ctrl_c_lets_terraform_end_in_order(programs: Programs) -> None:
    """It is told once, is waited for, and the exit code is that of an interruption."""
    programs.answer({"terraform init": {"waits": True}})
    project = f"test-{os.getpid()}-ctrl-c"
    given = {**os.environ, **programs.environment, "PROJECT": project, "REGION": "us-central1", "ENV": "dev"}
    command = [sys.executable, "-m", "infra.deploy", "destroy"]
    with subprocess.Popen(
        command, cwd=ROOT, env=given, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert any(line == "waiting\n" for line in process.stdout)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "terraform was stopped by SIGINT" in error
    assert programs.called[-1] == "ended in order"
    shutil.rmtree(ROOT / "build" / "cloud" / f"{project}-dev")
