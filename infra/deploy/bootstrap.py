"""What must be there before Terraform: credentials, a project alive and paid for, a bucket for the state."""

from collections.abc import Mapping

from infra.deploy.tools import Tools
from infra.deploy.wanted import DeployError, Wanted

# With any of these Terraform needs no login of gcloud's.
OTHER_CREDENTIALS = ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN")
# What Terraform asks before it can switch on the rest (services.tf).
FIRST_APIS = ("cloudresourcemanager", "iam", "serviceusage", "storage")


def check_credentials(tools: Tools, environment: Mapping[str, str]) -> None:
    """Raise DeployError where nobody is logged in."""
    code, account, _ = tools.said(
        tools.gcloud, "auth", "list", "--filter=status:ACTIVE", "--format=value(account)", "--quiet"
    )
    if code or not account:
        raise DeployError("gcloud knows no account: gcloud auth login")
    if any(environment.get(name) for name in OTHER_CREDENTIALS):
        return
    if tools.said(tools.gcloud, "auth", "application-default", "print-access-token", "--quiet")[0]:
        raise DeployError("Terraform would find no credentials: gcloud auth application-default login")


def check_project(tools: Tools, wanted: Wanted) -> str:
    """The project's number.

    Raises:
        DeployError: it is not there, not alive, not ours to see, or nobody pays for it.
    """
    project = wanted.project
    code, said, error = tools.said(
        tools.gcloud, "projects", "describe", project, "--format=value(lifecycleState,projectNumber)", "--quiet"
    )
    state, _, number = said.partition("\t")
    if code or not number:
        text = f"the project {project} is not there, or {_account(tools)} may not see it"
        raise DeployError(f"{text}: gcloud projects list shows yours.\n{error}".strip())
    if state != "ACTIVE":
        raise DeployError(f"the project {project} is {state}: gcloud projects undelete {project}, or take another.")
    code, said, _ = tools.said(
        tools.gcloud, "billing", "projects", "describe", project, "--format=value(billingEnabled)", "--quiet"
    )
    if code == 0 and said.lower() == "false":
        text = f"nobody pays for the project {project}: gcloud billing projects link {project} --billing-account=…"
        raise DeployError(f"{text} (gcloud billing accounts list)")
    return number


def switch_on(tools: Tools, wanted: Wanted) -> None:
    """Switch on the APIs that Terraform itself needs."""
    apis = [f"{name}.googleapis.com" for name in FIRST_APIS]
    code, _, error = tools.said(tools.gcloud, "services", "enable", *apis, f"--project={wanted.project}", "--quiet")
    if code:
        raise DeployError(f"the first APIs cannot be switched on ({', '.join(apis)}):\n{error}")


def state_exists(tools: Tools, wanted: Wanted, number: str) -> bool:
    """Whether the bucket of the state is there.

    Raises:
        DeployError: somebody else has a bucket of that name; to write to it would tell them everything.
    """
    url = f"gs://{wanted.state_bucket}"
    code, said, error = tools.said(
        tools.gcloud, "storage", "buckets", "describe", url, "--raw", "--format=value(projectNumber)", "--quiet"
    )
    if code and "not found" not in error.lower() and "404" not in error:
        raise DeployError(f"{url}, where the state is to lie, cannot be looked at:\n{error}")
    if code == 0 and said != number:
        raise DeployError(f"{url}, where the state is to lie, belongs to the project {said}, which is not {number}.")
    return code == 0


def make_state(tools: Tools, wanted: Wanted) -> None:
    """The bucket of the state: private, with versions, so that a broken state can be taken back."""
    url = f"gs://{wanted.state_bucket}"
    made = tools.said(
        tools.gcloud, "storage", "buckets", "create", url, f"--project={wanted.project}",
        f"--location={wanted.region}", "--uniform-bucket-level-access", "--public-access-prevention", "--quiet",
    )  # fmt: skip
    if made[0]:
        raise DeployError(f"{url}, where the state is to lie, cannot be made:\n{made[2]}")
    kept = tools.said(tools.gcloud, "storage", "buckets", "update", url, "--versioning", "--quiet")
    if kept[0]:
        raise DeployError(f"{url} is made, but keeps no versions:\n{kept[2]}")


def check_keys(tools: Tools, wanted: Wanted, names: list[str]) -> None:
    """Raise DeployError where a vendor's key that functions are to read has no value: none of them would start."""
    for name in names:
        secret = name.lower().replace("_", "-")
        code, state, _ = tools.said(
            tools.gcloud, "secrets", "versions", "describe", "latest", f"--secret={secret}",
            f"--project={wanted.project}", "--format=value(state)", "--quiet",
        )  # fmt: skip
        if code or state.upper() != "ENABLED":
            text = (
                f"provider_keys names {name}, and the secret {secret} has no value yet. Deploy once without it, then:\n"
                f"  gcloud secrets versions add {secret} --project={wanted.project} --data-file=-\n"
                "and deploy again with it."
            )
            raise DeployError(text)


def _account(tools: Tools) -> str:
    return tools.said(tools.gcloud, "config", "get-value", "account", "--quiet")[1] or "nobody"
