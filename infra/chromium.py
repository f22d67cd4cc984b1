"""Chromium, which the tests of the dashboard drive: where it is, and how it gets here.

`python -m infra.chromium` installs the system's package where there is none and this user may: as root, or by a sudo
that asks for nothing. Where it may not, or it does not work, it says what to run and ends well: the rest of the tests
need no browser. Playwright's own download is never used: what people look with is what the tests look with.
"""

import os
import shutil
import sys
import time
from collections.abc import Mapping

from infra import packages

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The sandbox wants rights that containers do not give; the page that is opened is our own.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
PACKAGES = {"apt-get": "chromium", "dnf": "chromium", "pacman": "chromium", "brew": "--cask chromium"}


def find(environment: Mapping[str, str]) -> str | None:
    """The path of the browser: what CHROMIUM names, else the first that is in PATH."""
    wanted = environment.get("CHROMIUM")
    candidates = (wanted,) if wanted else NAMES
    found = (shutil.which(name, path=environment.get("PATH", "")) for name in candidates)
    return next(filter(None, found), None)


def advice(environment: Mapping[str, str], *, is_root: bool) -> str:
    """What is missing, and what to do."""
    wanted = environment.get("CHROMIUM")
    if wanted:
        return f"CHROMIUM={wanted} is no program: name one that is, or leave it out."
    run = packages.command(PACKAGES, environment, is_root=is_root)
    return f"There is no Chromium here, which the tests of the dashboard drive. Run: {run}"


def install(environment: Mapping[str, str], *, is_root: bool) -> bool:
    """Install it where this user may, unless CHROMIUM names another; whether it is there then."""
    told = "Installing Chromium for the tests of the dashboard; it takes a minute or two …"
    if environment.get("CHROMIUM") or not packages.install(PACKAGES, told, environment, is_root=is_root):
        return False
    return find(environment) is not None


def main(environment: Mapping[str, str] = os.environ, *, is_root: bool | None = None) -> int:
    """Have a browser, or say what to run; always 0."""
    root = os.geteuid() == 0 if is_root is None else is_root
    if environment.get("NO_BROWSER") or find(environment):
        return 0
    start = time.monotonic()
    if install(environment, is_root=root):
        print(f"Chromium is there, after {time.monotonic() - start:.0f} s.", flush=True)
    else:
        print(advice(environment, is_root=root), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
