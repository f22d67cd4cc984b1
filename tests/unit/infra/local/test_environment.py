"""What the runner reads from the environment, and what the functions are given."""

from pathlib import Path

import pytest

from infra.local.environment import ROOT, Settings, SettingsError

URL = "http://127.0.0.1:8080"
EVERY_EMULATOR = {
    "FIRESTORE_EMULATOR_HOST": "db:1",
    "PUBSUB_EMULATOR_HOST": "queue:2",
    "STORAGE_EMULATOR_HOST": "http://files:3",
    "VERTEX_EMULATOR_HOST": "models:4",
}


@pytest.mark.parametrize("given", [{}, {"PORT": "", "VERTEX": "", "LOCAL_DIR": "", "LEASE_SECONDS": ""}])
def test_nothing_set_means_the_defaults(given: dict[str, str]) -> None:
    """An empty variable, as make hands on, counts as not set."""
    settings = Settings.read(given)
    assert (settings.port, settings.folder, settings.vertex_real) == (8080, ROOT / ".local", False)
    assert settings.services() == ["firestore", "pubsub", "storage", "vertex"]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"PORT": "http"}, "PORT='http'"),
        ({"PORT": "70000"}, "PORT='70000'"),
        ({"LEASE_SECONDS": "-1"}, "LEASE_SECONDS='-1'"),
        ({"SWEEP_SECONDS": "nan"}, "SWEEP_SECONDS='nan'"),
        ({"VERTEX": "yes"}, "VERTEX='yes'"),
        ({"VERTEX": "real"}, "GOOGLE_CLOUD_PROJECT"),
        ({"VERTEX": "real", "GOOGLE_CLOUD_PROJECT": "p", "VERTEX_EMULATOR_HOST": "h:1"}, "contradict"),
    ],
)
def test_what_cannot_be_used_is_named(given: dict[str, str], named: str) -> None:
    """The refusal says which variable is wrong."""
    with pytest.raises(SettingsError, match=named):
        Settings.read(given)


def test_a_function_is_told_where_the_local_cloud_is() -> None:
    """Every service has its variable, and the project's names have their defaults."""
    ports = {"firestore": 1, "pubsub": 2, "storage": 3, "vertex": 4, "vertex_rest": 5, "control": 6}
    environment = Settings.read({"IMAGE_MODEL": "ultra"}).common(ports, URL)
    assert environment["FIRESTORE_EMULATOR_HOST"] == "127.0.0.1:1"
    assert environment["STORAGE_EMULATOR_HOST"] == "http://127.0.0.1:3"
    assert environment["GOOGLE_VERTEX_BASE_URL"] == "http://127.0.0.1:5"
    assert environment["GOOGLE_CLOUD_PROJECT"] == "darkroom-local"
    assert (environment["AUTH_MODE"], environment["PUBLIC_URL"]) == ("none", URL)
    assert environment["IMAGE_MODEL"] == "ultra"


def test_what_the_user_set_wins() -> None:
    """Also where it is empty: a missing bucket can be tried."""
    environment = Settings.read({"GCS_BUCKET_NAME": "", "GOOGLE_CLOUD_PROJECT": "mine"}).common({}, URL)
    assert (environment["GCS_BUCKET_NAME"], environment["GOOGLE_CLOUD_PROJECT"]) == ("", "mine")


def test_a_service_that_is_elsewhere_is_not_started() -> None:
    """Its variable goes to the functions as it is."""
    settings = Settings.read({"PUBSUB_EMULATOR_HOST": "queue:2"})
    assert settings.services() == ["firestore", "storage", "vertex"]
    assert settings.common({}, URL)["PUBSUB_EMULATOR_HOST"] == "queue:2"
    assert Settings.read(EVERY_EMULATOR).services() == []


def test_a_storage_emulator_without_scheme_gets_one() -> None:
    """Google's client needs it, and the other three variables have none."""
    assert Settings.read({"STORAGE_EMULATOR_HOST": "h:3"}).common({}, URL)["STORAGE_EMULATOR_HOST"] == "http://h:3"


def test_the_real_vertex_is_used_only_when_asked_for() -> None:
    """Credentials alone change nothing; `VERTEX=real` leaves the local one out."""
    assert "vertex" in Settings.read({"GOOGLE_APPLICATION_CREDENTIALS": "key.json"}).services()
    real = Settings.read({"VERTEX": "real", "GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_VERTEX_BASE_URL": "http://old"})
    assert real.services() == ["firestore", "pubsub", "storage"]
    assert not {"VERTEX_EMULATOR_HOST", "GOOGLE_VERTEX_BASE_URL"} & real.common({}, URL).keys()


def test_the_machines_proxy_is_not_between_the_functions_and_the_cloud() -> None:
    """What the user excludes stays excluded."""
    environment = Settings.read({"NO_PROXY": "intranet", "HTTPS_PROXY": "http://proxy"}).common({}, URL)
    assert environment["NO_PROXY"] == environment["no_proxy"] == "intranet,127.0.0.1,localhost"


def test_the_frameworks_own_variables_do_not_leak_into_functions() -> None:
    """`DEBUG` would switch functions-framework to its development server."""
    given = {"DEBUG": "1", "PORT": "8081", "FUNCTION_TARGET": "other"}
    assert not given.keys() & Settings.read(given).common({}, URL).keys()


def test_a_folder_of_ones_own_is_resolved() -> None:
    """Processes with another working directory find it."""
    settings = Settings.read({"LOCAL_DIR": "somewhere"})
    assert settings.folder_given
    assert settings.folder == Path("somewhere").resolve()
