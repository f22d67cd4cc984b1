"""Where the browser of the tests comes from: found, installed where that is allowed, else asked for in one line."""

from pathlib import Path

import pytest

from infra.chromium import find, main

SHELL = "#!/bin/sh\n"
INSTALLS = SHELL + 'echo "$@" >>"{folder}/calls"\ncase "$*" in *install*) : >"{folder}/chromium"; '
INSTALLS += '/bin/chmod +x "{folder}/chromium";; esac\n'
ENV = SHELL + 'shift\nexec "$@"\n'  # `env NAME=value program …`


class Machine:
    """A PATH with some programs, and no more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"PATH": str(folder)}

    def has(self, **programs: str) -> "Machine":
        """With these programs, by what their scripts say."""
        for name, text in programs.items():
            path = self.folder / name.replace("_", "-")
            path.write_text(text.replace("{folder}", str(self.folder)))
            path.chmod(0o755)
        return self

    @property
    def calls(self) -> list[str]:
        """What its apt-get was asked for."""
        written = self.folder / "calls"
        return [line.split(" ", 3)[3] for line in written.read_text().splitlines()] if written.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without any browser."""
    return Machine(tmp_path).has(true=SHELL, env=ENV)


def test_a_browser_that_is_there_is_used(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    """By any of its names, or the one that CHROMIUM names; nothing is installed and nothing said."""
    machine.has(google_chrome=SHELL, other=SHELL, apt_get=INSTALLS)
    assert find(machine.environment) == str(machine.folder / "google-chrome")
    own = str(machine.folder / "other")
    assert find({**machine.environment, "CHROMIUM": own}) == own
    assert main(machine.environment, is_root=True) == 0
    assert (machine.calls, capsys.readouterr()) == ([], ("", ""))


def test_root_installs_it(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    """By apt-get, once; how long it took is said."""
    machine.has(apt_get=INSTALLS)
    assert main(machine.environment, is_root=True) == 0
    assert machine.calls == ["install -y --no-install-recommends chromium"]
    assert "Chromium is there, after" in capsys.readouterr().out
    assert find(machine.environment)


def test_old_lists_are_renewed(machine: Machine) -> None:
    """Where the package is not found at first."""
    once = 'case "$*" in *install*) [ -e "{folder}/new" ] || { echo "$@" >>"{folder}/calls"; exit 100; };; '
    once += '*) : >"{folder}/new";; esac\n'
    machine.has(apt_get=SHELL + once + INSTALLS.removeprefix(SHELL))
    assert main(machine.environment, is_root=True) == 0
    assert [call.split()[0] for call in machine.calls] == ["install", "update", "install"]
    assert find(machine.environment)


def test_a_sudo_that_asks_nothing_will_do(machine: Machine) -> None:
    """It is tried before anything is installed by it."""
    machine.has(apt_get=INSTALLS, sudo=SHELL + 'shift\nexec "$@"\n')
    assert main(machine.environment, is_root=False) == 0
    assert find(machine.environment)


FAILS = SHELL + "exit 1\n"


@pytest.mark.parametrize(
    ("programs", "user", "command"),
    [
        ({"apt_get": INSTALLS}, "somebody", "sudo apt-get install -y --no-install-recommends chromium"),
        ({"apt_get": INSTALLS, "sudo": FAILS}, "somebody", "sudo apt-get install -y --no-install-recommends chromium"),
        ({"apt_get": FAILS}, "root", "apt-get install -y --no-install-recommends chromium"),
        ({"dnf": INSTALLS}, "somebody", "sudo dnf install -y chromium"),
        ({"brew": INSTALLS}, "somebody", "brew install --cask chromium"),
    ],
)
def test_where_it_may_not_it_says_what_to_run(
    machine: Machine, capsys: pytest.CaptureFixture[str], programs: dict[str, str], user: str, command: str
) -> None:
    """In one line on standard error; the setup goes on."""
    machine.has(**programs)
    assert main(machine.environment, is_root=user == "root") == 0
    told = capsys.readouterr().err
    assert told.endswith(f"Run: {command}\n")
    assert find(machine.environment) is None


def test_nothing_is_done_for_who_wants_no_browser(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    """NO_BROWSER=1 leaves the tests out, and so the installation."""
    machine.has(apt_get=INSTALLS)
    assert main({**machine.environment, "NO_BROWSER": "1"}, is_root=True) == 0
    assert (machine.calls, capsys.readouterr()) == ([], ("", ""))


def test_a_wrong_name_is_told(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    """CHROMIUM names no program: another is neither installed nor taken in its place."""
    machine.has(apt_get=INSTALLS, chromium=SHELL)
    environment = {**machine.environment, "CHROMIUM": "/nowhere/chromium"}
    assert find(environment) is None
    assert main(environment, is_root=True) == 0
    assert (machine.calls, "CHROMIUM=/nowhere/chromium is no program" in capsys.readouterr().err) == ([], True)
