"""Terraform (or OpenTofu) on infra/cloud, for one deployment."""

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from infra.deploy.archives import Archive
from infra.deploy.tools import Tools
from infra.deploy.wanted import CLOUD, DeployError, Wanted

CHANGES = 2  # the exit code of a plan that would change something
# What is made anew whenever it changes, and holds nothing.
PASSING = {
    "google_api_gateway_api_config", "google_compute_managed_ssl_certificate", "google_secret_manager_secret_version",
    "google_storage_bucket_object",
}  # fmt: skip
# What nobody could make again.
DATA = {"google_firestore_database", "google_secret_manager_secret", "google_storage_bucket"}


class Terraform:
    """The program, in the folder of its configuration, with the state of one deployment."""

    def __init__(self, tools: Tools, wanted: Wanted, archives: Mapping[str, Archive]) -> None:
        self._tools = tools
        self._wanted = wanted
        self._plan = wanted.folder / "plan"
        self._given = wanted.folder / "given.tfvars.json"
        self._archives = archives
        self._env = {
            "TF_DATA_DIR": str(wanted.folder / "terraform"),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            # They pass through the environment into Secret Manager once, and are in no file, plan or state.
            "TF_VAR_first_secrets": json.dumps(first_secrets()),
        }

    def init(self) -> None:
        """Fetch the providers and find the state."""
        self._wanted.folder.mkdir(parents=True, exist_ok=True)
        given = {
            "project": self._wanted.project,
            "region": self._wanted.region,
            "environment": self._wanted.environment,
            "bundles": msgspec.to_builtins(self._archives),
        }
        self._given.write_text(json.dumps(given, indent=1))
        backend = {"bucket": self._wanted.state_bucket, "prefix": "darkroom"}  # one deployment a project
        options = [f"-backend-config={name}={value}" for name, value in backend.items()]
        code = self._show("init", "-reconfigure", *options)
        if code:
            raise DeployError(f"Terraform could not begin (exit {code}): see above.")

    def plan(self, *, destroy: bool = False) -> bool:
        """Whether there is anything to do; what, is shown.

        Raises:
            DeployError: it cannot be planned.
        """
        files = [f"-var-file={self._wanted.settings}", f"-var-file={self._given}"]
        more = ["-destroy"] if destroy else []
        code = self._show("plan", *more, *files, f"-out={self._plan}", "-detailed-exitcode")
        if code not in {0, CHANGES}:
            raise DeployError(f"Terraform could not plan (exit {code}): see above. Nothing was changed.")
        return code == CHANGES

    def planned(self) -> dict[str, Any]:
        """The plan, as Terraform tells it to programs."""
        return self._json("show", "-json", str(self._plan))

    def apply(self) -> None:
        """Do what was planned."""
        code = self._show("apply", str(self._plan))
        if code:
            text = f"Terraform stopped before the end (exit {code}): see above. The same command goes on from there."
            raise DeployError(text)

    def outputs(self) -> dict[str, Any]:
        """What the deployment says of itself; empty where there is none."""
        return {name: output["value"] for name, output in self._json("output", "-json").items()}

    def _show(self, *arguments: str) -> int:
        return self._tools.shown(self._tools.terraform, f"-chdir={CLOUD}", *arguments, env=self._env)

    def _json(self, *arguments: str) -> dict[str, Any]:
        code, said, error = self._tools.said(self._tools.terraform, f"-chdir={CLOUD}", *arguments, env=self._env)
        if code:
            raise DeployError(f"terraform {arguments[0]} failed (exit {code}):\n{error}")
        found: dict[str, Any] = json.loads(said or "{}")
        return found


def removed(plan: Mapping[str, Any]) -> list[str]:
    """The addresses of what a plan would delete, or make anew, and that holds something; what holds most, first."""
    gone = [
        change
        for change in plan.get("resource_changes", [])
        if "delete" in change["change"]["actions"] and change["type"] not in PASSING
    ]
    return [change["address"] for change in sorted(gone, key=lambda change: change["type"] not in DATA)]


def first_secrets() -> dict[str, str]:
    """A value for each secret that the deployment makes for itself, in the form in which it is read."""
    signing = base64.b64encode(secrets.token_bytes(32)).decode()  # as Standard Webhooks has it
    return {
        "CALLBACK_SECRET": secrets.token_urlsafe(32),
        "PUBLIC_URL_SECRET": secrets.token_urlsafe(32),
        "WEBHOOK_SECRETS": f"whsec_{signing}",
    }
