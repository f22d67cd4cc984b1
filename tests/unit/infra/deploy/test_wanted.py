"""What `make deploy` is asked for."""

import pytest

from infra.deploy.__main__ import main
from infra.deploy.wanted import wanted

RIGHT = {"PROJECT": "my-project", "REGION": "us-central1"}


def test_an_environment_is_dev_unless_it_is_named() -> None:
    """And its state lies in the project's own bucket."""
    found = wanted(RIGHT)
    assert (found.environment, found.dry_run, found.confirmed) == ("dev", False, False)
    assert found.state_bucket == "my-project-darkroom-state"
    assert wanted({**RIGHT, "ENV": "prod", "CONFIRM": "my-project", "DRY_RUN": "1"}).confirmed


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"PROJECT": ""}, "PROJECT is missing: make deploy PROJECT=my-project REGION=us-central1"),
        ({"PROJECT": "", "REGION": " "}, "PROJECT and REGION are missing"),
        ({"PROJECT": "My Project"}, "PROJECT='My Project' is no project's id"),
        ({"PROJECT": "x; rm -rf /"}, "is no project's id"),
        ({"REGION": "us-centrall1"}, "has no Cloud Functions. Is it us-central1"),
        ({"REGION": "$(id)"}, "has no Cloud Functions."),
        ({"ENV": "production"}, "there are dev, prod in infra/cloud/environments"),
        ({"ENV": "../dev"}, "has no settings"),
        ({"CONFIRM": "yes"}, "is not the project that is meant: CONFIRM=my-project"),
        ({"DRY_RUN": "maybe"}, "it is 1"),
    ],
)
def test_nonsense_is_refused_before_any_program_is_looked_for(
    given: dict[str, str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With words, and exit code 1: there is no PATH here on which anything could be found."""
    assert main(["deploy"], {**RIGHT, **given, "PATH": ""}) == 1
    said = capsys.readouterr()
    assert says in said.err
    assert said.out == ""


def test_another_command_is_not_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, as for any wrong use."""
    assert main(["deplyo"], RIGHT) == 2
    assert "deploy|destroy" in capsys.readouterr().err
