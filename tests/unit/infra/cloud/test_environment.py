"""What each function is told in the cloud: exactly what its code reads, and nothing that its code refuses."""

import re

import pytest

from shared.config import OLD_NAMES, Settings, load
from tests.unit.infra.cloud.settings import given_to, read_by
from tests.unit.infra.cloud.tree import FUNCTIONS, VARIANTS, deployment, environments

# Variables that nothing in the cloud sets; of each, why.
NEVER_SET = {
    "CLOCK_OFFSET_FILE": "for tests",
    "FIRESTORE_EMULATOR_HOST": "the local cloud's",
    "GOOGLE_VERTEX_BASE_URL": "the local cloud's; Google's own address is the default",
    "IAM_CERTS_URL": "Google's own address is the default",
    "LOCAL_SIGNER_KEY": "the local cloud's; in the cloud IAM signs",
    "PRIVATE_ADDRESSES": "in the cloud nobody is sent to addresses of our own network",
    "PUBSUB_EMULATOR_HOST": "the local cloud's",
    "STORAGE_EMULATOR_HOST": "the local cloud's",
    "VERTEX_EMULATOR_HOST": "the local cloud's",
}
# Read by code that the function reaches by an import and never runs.
NEVER_RUN = {
    "status": {
        "what submits a job, which the dialects' modules bring along": {"IGA_GCS_IMAGE_PREFIX", "REPLICATE_API_TOKEN"},
    },
    "submit": {
        "studio's answers to reads": {"PUBLIC_URL_MODE", "PUBLIC_URL_SECRET", "SIGNED_URL_SECONDS"},
        "the reads of storyboards, which stream": {"STREAM_SECONDS"},
    },
    "openai": {"studio's answers to reads": {"PUBLIC_URL_MODE", "PUBLIC_URL_SECRET", "SIGNED_URL_SECONDS"}},
}
# Variables that somebody else reads.
NOT_OURS = {
    "DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA": "Google's storage client",
    "FUNCTION_USE_ASGI": "the functions framework",
    "LOG_EXECUTION_ID": "the functions framework",
    "OTEL_RESOURCE_ATTRIBUTES": "OpenTelemetry's SDK",
}


def never_run(function: str) -> set[str]:
    """The variables of NEVER_RUN, of one function."""
    return {name for names in NEVER_RUN.get(function, {}).values() for name in names}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_given_what_it_reads(function: str) -> None:
    """A setting that the Terraform forgot would have its default in the cloud, whatever somebody sets."""
    assert sorted(read_by(function) - set(given_to(function)) - set(NEVER_SET) - never_run(function)) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_reads_what_it_is_given(function: str) -> None:
    """A variable that nothing reads is a setting without effect, or a misspelt one."""
    assert sorted(set(given_to(function)) - read_by(function) - set(NOT_OURS)) == []


def test_the_exceptions_are_needed() -> None:
    """A row of the tables above goes with the code that it is about."""
    read = {name for function in FUNCTIONS for name in read_by(function)}
    given = {name for function in FUNCTIONS for name in given_to(function)}
    assert set(NEVER_SET) <= read - given
    assert set(NOT_OURS) <= given
    assert all(never_run(function) <= read_by(function) - set(given_to(function)) for function in FUNCTIONS)


def test_every_setting_is_read_by_some_function() -> None:
    """shared/config.py has no setting that no function knows."""
    read = {name for function in FUNCTIONS for name in read_by(function)}
    assert sorted({field.upper() for field in Settings.__struct_fields__} - read - set(NOT_OURS)) == []


def test_no_variable_has_an_old_name() -> None:
    """The names of the services that this replaces are for whoever moves, not for what is written anew."""
    old = {name for names in OLD_NAMES.values() for name in names}
    assert not [name for function in FUNCTIONS for name in given_to(function) if name in old]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("environment", environments())
def test_the_values_are_such_as_the_functions_take(environment: str, variant: str) -> None:
    """A value that shared/config.py refuses would end every instance at its first request."""
    for one in deployment(environment, variant).resources():
        if one.type == "google_cloudfunctions2_function":
            service = one.values["service_config"][0]
            secrets = {each["key"]: "whsec_x" for each in service.get("secret_environment_variables", [])}
            settings = load({**service["environment_variables"], **secrets})
            assert settings.google_cloud_project
            assert settings.auth_mode != "none"


def test_secrets_are_told_as_secrets() -> None:
    """What opens something is handed over by Secret Manager, and stands in no variable, plan or state."""
    for variant in VARIANTS:
        for one in deployment("prod", variant).resources():
            if one.type == "google_cloudfunctions2_function":
                plain = one.values["service_config"][0]["environment_variables"]
                named = {name: value for name, value in plain.items() if re.search("SECRET|KEY|TOKEN", name)}
                assert all(value.startswith("held by ") for value in named.values()), named
