"""What is to be deployed where, from environment variables; nonsense is refused before anything is touched."""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import msgspec

from infra.closure import ROOT

CLOUD = ROOT / "infra" / "cloud"
PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
# https://cloud.google.com/functions/docs/locations
REGIONS = (
    "africa-south1", "asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2", "asia-northeast3", "asia-south1",
    "asia-south2", "asia-southeast1", "asia-southeast2", "australia-southeast1", "australia-southeast2",
    "europe-central2", "europe-north1", "europe-north2", "europe-southwest1", "europe-west1", "europe-west10",
    "europe-west12", "europe-west2", "europe-west3", "europe-west4", "europe-west6", "europe-west8", "europe-west9",
    "me-central1", "me-central2", "me-west1", "northamerica-northeast1", "northamerica-northeast2",
    "northamerica-south1", "southamerica-east1", "southamerica-west1", "us-central1", "us-east1", "us-east4",
    "us-east5", "us-south1", "us-west1", "us-west2", "us-west3", "us-west4",
)  # fmt: skip


class DeployError(Exception):
    """It cannot be done; the text says why and what to do."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment: a project and what it is there for."""

    project: str
    region: str
    environment: str
    dry_run: bool = False  # plan, and change nothing
    build: Path = ROOT / "build"  # where this machine keeps its part
    confirmed: bool = False  # CONFIRM names the project: what removes things need not ask

    @property
    def state_bucket(self) -> str:
        """Where Terraform keeps what it knows."""
        return f"{self.project}-darkroom-state"

    @property
    def settings(self) -> Path:
        """The environment's own settings."""
        return CLOUD / "environments" / f"{self.environment}.tfvars"

    @property
    def folder(self) -> Path:
        """The plan, the modules, and what Terraform is given."""
        return self.build / "cloud" / f"{self.project}-{self.environment}"


def wanted(given: Mapping[str, str]) -> Wanted:
    """PROJECT, REGION and ENV, with DRY_RUN=1 and CONFIRM=<the project>.

    Raises:
        DeployError: one is missing, or cannot be meant.
    """
    project, region = given.get("PROJECT", "").strip(), given.get("REGION", "").strip()
    environment = given.get("ENV", "").strip() or "dev"
    if not project or not region:
        missing = [name for name, value in (("PROJECT", project), ("REGION", region)) if not value]
        are = "are" if len(missing) > 1 else "is"
        _refuse(f"{' and '.join(missing)} {are} missing: make deploy PROJECT=my-project REGION=us-central1 ENV=dev")
    if not PROJECT.fullmatch(project):
        _refuse(f"PROJECT={project!r} is no project's id: 6 to 30 lower-case letters, digits and hyphens.")
    if region not in REGIONS:
        near = difflib.get_close_matches(region, REGIONS, 3, 0.5)
        _refuse(
            f"REGION={region!r} has no Cloud Functions. {'Is it ' + ' or '.join(near) + '?' if near else ''}".strip()
        )
    known = sorted(path.stem for path in (CLOUD / "environments").glob("*.tfvars"))
    if environment not in known:
        _refuse(f"ENV={environment!r} has no settings: there are {', '.join(known)} in infra/cloud/environments.")
    confirm = given.get("CONFIRM", "").strip()
    if confirm not in {"", project}:
        _refuse(f"CONFIRM={confirm!r} is not the project that is meant: CONFIRM={project}, or leave it out.")
    dry_run = given.get("DRY_RUN", "").strip()
    if dry_run not in {"", "0", "1"}:
        _refuse(f"DRY_RUN={dry_run!r}: it is 1, to see what would change, or left out.")
    return Wanted(
        project=project, region=region, environment=environment, dry_run=dry_run == "1", confirmed=bool(confirm)
    )


def _refuse(text: str) -> NoReturn:
    raise DeployError(text)
