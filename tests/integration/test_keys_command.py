"""`darkroom keys` against the whole stack, and the operator's tool for those who have no key yet."""

import json
import subprocess
import sys

import pytest
from darkroom.cli import app
from darkroom.cli.exits import Exit
from typer.testing import CliRunner, Result

from tests.processes import ROOT, clean_environment
from tests.stack import RunningStack


@pytest.fixture
def keys(darkroom: RunningStack) -> "Keys":
    """The command, at the stack's address."""
    return Keys(darkroom.base_url)


class Keys:
    """`darkroom keys …`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, *arguments: str) -> Result:
        """What came of it."""
        return CliRunner().invoke(app, ["keys", *arguments, "--url", self._url])

    def listed(self) -> dict[str, dict[str, object]]:
        """All keys, by their ids."""
        return {key["id"]: key for key in json.loads(self("list", "--json").stdout)}


def test_a_key_lives_by_command(keys: Keys) -> None:
    """Made, listed, rotated, revoked; what is to be kept stands alone on standard output."""
    made = keys("create", "render farm", "--scopes", "jobs:read", "--days", "30")
    assert made.exit_code == 0, made.output
    key = made.stdout.strip()
    key_id = key.split("_")[1]
    assert key.startswith("drk_")
    assert "not shown again" in made.stderr
    rotated = keys("rotate", key_id, "--overlap", "60").stdout.strip()
    assert rotated.startswith(f"drk_{key_id}_")
    assert rotated != key
    stored = keys.listed()[key_id]
    assert (stored["name"], stored["scopes"], stored["revoked_at"]) == ("render farm", ["jobs:read"], None)
    assert stored["previous_until"] is not None
    assert "render farm" in keys("list").stdout
    assert "is revoked" in keys("revoke", key_id).stdout
    assert keys.listed()[key_id]["revoked_at"] is not None


def test_what_is_refused_is_said_in_words(keys: Keys) -> None:
    """On standard error, with the exit code of its kind."""
    for arguments, says, code in (
        (("create", "x", "--scopes", "root"), "/scopes/0", Exit.REFUSED),
        (("revoke", "a" * 26), "There is no such key", Exit.NOT_FOUND),
        (("rotate", "../jobs"), "There is nothing at", Exit.NOT_FOUND),
    ):
        refused = keys(*arguments)
        assert (refused.exit_code, refused.stdout) == (code, "")
        assert says in refused.stderr


def test_the_operator_makes_a_tenant_once(darkroom: RunningStack) -> None:
    """With its first key; then it is changed and shown, and identities are let in."""
    name = "tenant-by-command"
    code, key, _ = operator(darkroom, "create", name, "retention_days=30", "budget.day_usd=5")
    assert (code, key.startswith("drk_")) == (0, True)
    code, _, words = operator(darkroom, "create", name)
    assert (code, f"there is a tenant {name}" in words) == (1, True)
    _, shown, _ = operator(darkroom, "set", name, "budget.day_usd=", "disabled=true")
    tenant = json.loads(shown)
    assert (tenant["id"], tenant["retention_days"], tenant["disabled"], tenant.get("budget")) == (name, 30, True, {})
    code, words, _ = operator(darkroom, "allow", name, "CI@acme.iam.gserviceaccount.com", "--scopes", "jobs:read")
    assert (code, words) == (0, f"ci@acme.iam.gserviceaccount.com is let in as {name}: jobs:read")
    code, _, words = operator(darkroom, "key", "nobody")
    assert (code, "`create` makes it" in words) == (1, True)


def operator(darkroom: RunningStack, *arguments: str) -> tuple[int, str, str]:
    """The exit code of `python -m infra.tenants`, and what it says."""
    command = [sys.executable, "-m", "infra.tenants", *arguments]
    environment = clean_environment(darkroom.environment)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout.strip(), done.stderr.strip()
