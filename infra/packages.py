"""Packages of the operating system, which some of the tests and the benchmark need: how they get here.

They are installed where this user may do so unasked: as root, or by a sudo that asks for nothing. Where that may not
be, or does not work, there is one command to run.
"""

import shutil
import subprocess
from collections.abc import Mapping

# How each package manager is told to install; the first that is there counts.
MANAGERS = {
    "apt-get": "apt-get install -y --no-install-recommends",
    "dnf": "dnf install -y",
    "pacman": "pacman -S --noconfirm",
}
BREW = "brew"  # which wants no root
LONGEST = 600  # seconds: an installer that hangs is not to hang the tests

Names = Mapping[str, str]  # what packages are called, by manager; with spaces between several


def command(names: Names, environment: Mapping[str, str], *, is_root: bool) -> str:
    """The one command that brings the packages to this machine."""
    path = environment.get("PATH", "")
    if shutil.which(BREW, path=path):
        return f"{BREW} install {names[BREW]}"
    manager = next((name for name in MANAGERS if shutil.which(name, path=path)), "apt-get")
    run = f"{MANAGERS[manager]} {names[manager]}"
    return run if is_root else f"sudo {run}"


def install(names: Names, told: str, environment: Mapping[str, str], *, is_root: bool) -> bool:
    """Install them by apt-get, where that is there and nothing has to be asked; `told` is printed first.

    False where it was not tried, or did not work.
    """
    path = environment.get("PATH", "")
    apt, sudo = shutil.which("apt-get", path=path), shutil.which("sudo", path=path)
    rights = [] if is_root else [sudo, "-n"] if sudo else None
    if not apt or rights is None or _failed([*rights, "true"], environment):
        return False
    print(told, flush=True)
    get = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", apt, "-qq", "-o", "DPkg::Lock::Timeout=60"]
    # Lists may be old or missing, so the packages are asked for a second time with new ones.
    wanted = [*get, *MANAGERS["apt-get"].split()[1:], *names["apt-get"].split()]
    if _failed(wanted, environment):
        _failed([*get, "update"], environment)
        return not _failed(wanted, environment)
    return True


def _failed(words: list[str], environment: Mapping[str, str]) -> bool:
    try:
        done = subprocess.run(
            words, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return True
    return done.returncode != 0
