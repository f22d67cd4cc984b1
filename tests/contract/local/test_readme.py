"""The README of the local cloud."""

import subprocess
import sys
from typing import get_args

import grpc

from infra.local import examples
from infra.local.faults import EFFECTS, Code, Effect
from infra.local.rest import STATUS_OF_CODE
from tests.processes import ROOT, RunningCloud, clean_environment


def test_it_is_what_the_code_says() -> None:
    """`python -m infra.local.readme > infra/local/README.md` would change nothing."""
    printed = subprocess.run(
        [sys.executable, "-m", "infra.local.readme"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert (ROOT / "infra" / "local" / "README.md").read_text() == printed
    assert len(printed) > 10_000


def test_its_example_of_gemini_runs_as_it_stands(cloud: RunningCloud) -> None:
    """The others are those of `--help`, which are tried there."""
    done = subprocess.run(
        [sys.executable, "-c", examples.VERTEX],
        env=clean_environment(cloud.environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(" bytes of PNG\n")


def test_every_effect_and_code_of_a_fault_is_told() -> None:
    """None is offered that is not described, or that HTTP or gRPC has no status for."""
    assert set(EFFECTS) == set(get_args(Effect))
    assert set(get_args(Code)) == set(STATUS_OF_CODE) == {code.name for code in grpc.StatusCode} - {"OK"}
