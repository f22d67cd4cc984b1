"""What the local cloud and `make plan` take for granted is what the Terraform deploys."""

import re

import pytest

from infra.local.signer import RIGHTS
from infra.plan import rates
from tests.unit.infra.cloud.grants import granted, permissions
from tests.unit.infra.cloud.tree import deployment

MEMORY = {"Mi": 1 / 1024, "Gi": 1.0}


@pytest.mark.parametrize("function", RIGHTS)
def test_a_signature_opens_locally_what_it_opens_deployed(function: str) -> None:
    """The rights of whoever signs: on which objects, and what."""
    deployed = {
        (permission, "inputs/" if "/objects/inputs/" in grant.when else grant.when)
        for grant in granted(deployment("prod", "gateway"))
        if grant.who.startswith(f"darkroom-{function}@") or grant.who == f"darkroom-{function}"
        for permission in permissions(grant)
        if permission.startswith("storage.objects.")
    }
    here = {(permission, names) for rows, names in RIGHTS[function] for permission in rows}
    assert here == deployed


def test_the_plan_reckons_with_the_functions_that_are_deployed() -> None:
    """CPU, memory and places of an instance; generate's are those of the lane that somebody waits for."""
    deployed = {}
    for one in deployment("prod", "gateway").resources():
        if one.type == "google_cloudfunctions2_function" and not one.values["name"].endswith("-batch"):
            (service,) = one.values["service_config"]
            amount, unit = re.fullmatch(r"(\d+)(Mi|Gi)", service["available_memory"]).groups()  # type: ignore[union-attr]
            deployed[one.values["build_config"][0]["entry_point"]] = (
                float(service["available_cpu"]),
                float(amount) * MEMORY[unit],
                int(service["max_instance_request_concurrency"]),
            )
    planned = rates.load().functions
    assert {name: (one.vcpu, one.gib, one.concurrency) for name, one in planned.items()} == {
        name: deployed[name] for name in planned
    }
