"""Who may do what on what: every grant that the Terraform makes, computed from its values."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.unit.infra.cloud.hcl.modules import Module, Resource

# Resources that grant → what the attribute names that they grant on.
TARGETS = {
    "google_project_iam_member": "project",
    "google_storage_bucket_iam_member": "bucket",
    "google_service_account_iam_member": "service_account_id",
    "google_pubsub_topic_iam_member": "topic",
    "google_pubsub_subscription_iam_member": "subscription",
    "google_cloud_run_v2_service_iam_member": "name",
    "google_secret_manager_secret_iam_member": "secret_id",
    "google_artifact_registry_repository_iam_member": "repository",
}
# Values that only the cloud knows, of resources whose own name says who or what is meant.
NAMED_BY = {
    "google_service_account": "account_id",
    "google_project_service_identity": "service",
    "google_artifact_registry_repository": "repository_id",
}
UNKNOWN = re.compile(r"\$\{(?P<address>.+)\.(?P<attribute>\w+)\}")


class Grant(NamedTuple):
    """One member's right on one thing: a role of Google's, or the permissions of a role of ours, spaced."""

    who: str
    may: str
    on: str
    when: str  # the condition's expression; empty without one


def granted(module: Module) -> Iterator[Grant]:
    """Every grant of a deployment.

    Raises:
        KeyError: of a type that TARGETS lacks, such as a binding or a policy, which take rights away from others too.
    """
    resources = list(module.resources())
    by_address = {one.address: one for one in resources}
    for one in resources:
        if "_iam_" in one.type and one.type != "google_project_iam_custom_role":
            yield Grant(
                _named(one.values["member"], by_address).removeprefix("serviceAccount:"),
                _role(one.values["role"], by_address),
                f"{_kind(one.type)} {_named(one.values[TARGETS[one.type]], by_address)}",
                " ".join(condition["expression"] for condition in one.values.get("condition", [])),
            )


def permissions(grant: Grant) -> set[str]:
    """The permissions of a grant, or its role where that is Google's."""
    return set(grant.may.split())


def _role(role: Any, by_address: dict[str, Resource]) -> str:
    unknown = UNKNOWN.fullmatch(str(role))
    return " ".join(by_address[unknown["address"]].values["permissions"]) if unknown else str(role)


def _named(value: Any, by_address: dict[str, Resource]) -> str:
    def name(at: re.Match[str]) -> str:
        one = by_address[at["address"]]
        return str(one.values[NAMED_BY[one.type]])

    return UNKNOWN.sub(name, str(value))


def _kind(type_: str) -> str:
    return type_.removeprefix("google_").removesuffix("_iam_member").split("_")[-1]
