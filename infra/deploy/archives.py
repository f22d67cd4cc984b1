"""The functions' bundles as archives, each named by the hash of what is in it: the same sources, the same bytes."""

import os
import zipfile
from pathlib import Path

import msgspec

from infra.bundle import bundle, functions
from infra.closure import ROOT, BundleError
from infra.deploy.wanted import DeployError

OLDEST = (1980, 1, 1, 0, 0, 0)  # that a zip archive can say
FILE = 0o100644 << 16  # a file that all may read, as zip's attributes have it


class Archive(msgspec.Struct, frozen=True):
    """One function, packed; as Terraform's variable `bundles` wants it."""

    path: str
    sha256: str  # over the paths and contents of what is in it


def archives(build: Path = ROOT / "build") -> dict[str, Archive]:
    """Build and pack every function.

    Raises:
        DeployError: one cannot be bundled.
    """
    folder = build / "archives"
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for function in functions():
        try:
            built = bundle(function, build)
        except BundleError as exc:
            raise DeployError(f"{function} cannot be bundled: {exc}") from exc
        path = folder / f"{function}-{built.digest[:16]}.zip"
        if not path.exists():
            pack(built.folder, path)
        made[function] = Archive(str(path), built.digest)
    return made


def pack(folder: Path, archive: Path) -> None:
    """Write the files in `folder` to a zip archive, in order, without times and owners; whole, or not at all."""
    partial = archive.with_suffix(f".{os.getpid()}.partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            about = zipfile.ZipInfo(path.relative_to(folder).as_posix(), OLDEST)
            about.external_attr, about.compress_type = FILE, zipfile.ZIP_DEFLATED
            out.writestr(about, path.read_bytes(), compresslevel=9)
    partial.replace(archive)
