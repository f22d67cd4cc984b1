"""The Makefile's own part: settings reach the programs as they were typed."""

import os
import subprocess
import sys

import pytest

from tests.processes import ROOT

SHOW = f"include Makefile\nshow:\n\t@{sys.executable} -c \"import os; print(os.environ['PROMPT'], end='')\"\n"
NASTY = ['it\'s a "red" fox', "$HOME $$ $(shell touch pwned) ${x}", "`ls` & ; | > # \\ é 🦊", "a\nb"]


@pytest.mark.parametrize("prompt", NASTY)
@pytest.mark.parametrize("way", ["argument", "environment"])
def test_a_prompt_survives(prompt: str, way: str) -> None:
    """Neither make nor a shell reads what is in it."""
    argument, environment = ([f"PROMPT={prompt}"], {}) if way == "argument" else ([], {"PROMPT": prompt})
    kept = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}}
    done = subprocess.run(
        ["make", "-s", "-f", "-", "show", *argument],
        cwd=ROOT, env={**kept, **environment}, input=SHOW, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == prompt
