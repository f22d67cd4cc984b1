"""What the incumbent is made of that is no Python package: where it is, and how it gets here."""

import os
import pwd
import shutil
from collections.abc import Mapping
from pathlib import Path

from infra import packages
from tests.processes import ROOT

VENV = ROOT / ".venv-bench" / "bin"
PACKAGES = {
    "apt-get": "redis-server postgresql",
    "dnf": "redis postgresql-server",
    "pacman": "redis postgresql",
    "brew": "redis postgresql",
}
USER = "postgres"  # whom its packages make, and whose it is where root runs it, which it refuses to be run by
PROGRAMS = ("postgres", "initdb", "psql", "pg_isready")  # of PostgreSQL
# Where distributions put them: Debian, Red Hat, Homebrew. Not in PATH, in most.
FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin")


def redis() -> str | None:
    """The path of Redis's server."""
    return shutil.which("redis-server")


def postgresql(path: str = os.environ.get("PATH", ""), root: Path = Path("/")) -> Path | None:
    """The folder of PostgreSQL's programs: of the newest version there is where distributions put them, or in PATH."""
    known = sorted((folder for pattern in FOLDERS for folder in root.glob(pattern)), key=_version, reverse=True)
    folders = (*known, *map(Path, path.split(os.pathsep)))
    return next((folder for folder in folders if all((folder / name).exists() for name in PROGRAMS)), None)


def missing(environment: Mapping[str, str] = os.environ) -> list[str]:
    """What is not there after this has installed what it may, and what to run: a sentence each."""
    is_root = os.geteuid() == 0
    if not (redis() and postgresql()):
        told = f"Installing {PACKAGES['apt-get']} for the benchmark's incumbent; it takes a minute or two …"
        packages.install(PACKAGES, told, environment, is_root=is_root)
    sentences = []
    if lacking := [name for name, there in (("Redis", redis()), ("PostgreSQL", postgresql())) if not there]:
        run = packages.command(PACKAGES, environment, is_root=is_root)
        sentences.append(f"There is no {' and no '.join(lacking)} here, which the incumbent is made of. Run: {run}")
    elif is_root and not (_user_exists() and shutil.which("setpriv")):
        sentences.append(f"PostgreSQL refuses to be run by root: let another user run this, or make one named {USER}.")
    if not (VENV / "celery").exists():
        sentences.append("The incumbent's packages are not installed. Run: make .venv-bench/.ready")
    return sentences


def as_postgres() -> list[str]:
    """What goes before a command of PostgreSQL's, as root; the signal is for when this program is killed."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--pdeathsig=INT"]


def own(folder: Path) -> None:
    """Give a folder to whom PostgreSQL is run by."""
    if os.geteuid() == 0:
        shutil.chown(folder, USER, USER)


def _user_exists() -> bool:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return True


def _version(path: Path) -> list[int]:
    """The numbers in a path: 15 before 9.6 is 15 after it."""
    digits = "".join(letter if letter.isdecimal() else " " for letter in str(path))
    return [int(number) for number in digits.split()]
