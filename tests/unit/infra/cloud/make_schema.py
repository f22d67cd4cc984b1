"""Make provider_schema.json: what the providers know of the resources that our Terraform uses, to be held against it.

`python -m tests.unit.infra.cloud.make_schema` fetches each provider's generated bindings with pip (PACKAGES), and
keeps of the description in them what the resources in infra/cloud use: run it after a resource of a new type, or after
PACKAGES changed. The checks themselves need no network.
"""

import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from tests.unit.infra.cloud.hcl.syntax import read
from tests.unit.infra.cloud.tree import ROOT, folders

SCHEMA = Path(__file__).with_name("provider_schema.json")
# Provider → the package of its bindings; the provider's own version stands in the package's documentation.
PACKAGES = {
    "google": "cdktn-provider-google==21.1.0",
    "google-beta": "cdktn-provider-google-beta==21.1.0",
    "random": "cdktn-provider-random==15.0.1",
}
KINDS = {"resources": "resource", "data-sources": "data", "ephemeral-resources": "ephemeral"}
DOCUMENTED = re.compile(r"/(?P<version>\d+\.\d+\.\d+)/docs/(?P<kind>[a-z-]+)/\w+ (?P<type>\w+)\}")
ARGUMENT = re.compile(r"/docs/[a-z-]+/\w+#(\w+) ")
VALUES = re.compile(r"Possible values: (\[\"[^]]*\])")

Types: TypeAlias = dict[str, Any]


def used() -> dict[tuple[str, str, str], set[str]]:
    """Provider, kind and type of the resources that our Terraform has → the kinds of blocks in them."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for block in (block for folder in folders(ROOT) for block in read(folder) if block.kind in KINDS.values()):
        inner = {part.labels[0] if part.kind == "dynamic" else part.kind for part in block.walk()}
        found.setdefault((block.provider, block.kind, block.labels[0]), set()).update(inner)
    return found


def description(package: str) -> Types:
    """The types of a package of bindings."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--dest", folder, package], check=True)
        (wheel,) = Path(folder).iterdir()
        with zipfile.ZipFile(wheel) as files:
            (inner,) = (name for name in files.namelist() if name.endswith(".jsii.tgz"))
            archive = io.BytesIO(files.read(inner))
    with tarfile.open(fileobj=archive) as tar:
        member = tar.extractfile("package/.jsii")
        assert member is not None
        types: Types = json.load(member)["types"]
    return types


def resources(provider: str, types: Types) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """The provider's version, a kind, a type of it, and its block, of all that are used."""
    wanted = used()
    for one in types.values():
        found = DOCUMENTED.search(one.get("docs", {}).get("summary", ""))
        if one["kind"] != "class" or not found or found["kind"] not in KINDS:
            continue
        kind = KINDS[found["kind"]]
        if (key := (provider, kind, found["type"])) in wanted:
            config = one["initializer"]["parameters"][-1]["type"]["fqn"]
            yield (
                found["version"],
                kind,
                key[2],
                {**body(types, config, wanted[key], top=True), "computed": computed(one)},
            )


def body(types: Types, name: str, wanted: set[str], *, top: bool = False) -> dict[str, Any]:
    """The arguments of an interface and its blocks; of those neither `wanted` nor required, only the names."""
    found: dict[str, Any] = {"required": [], "optional": [], "values": {}, "blocks": {}, "other_blocks": []}
    for each in types[name].get("properties", []):
        docs = " ".join(each.get("docs", {}).get(part, "") for part in ("summary", "remarks"))
        documented = ARGUMENT.search(docs)
        argument = documented[1] if documented else _snake(each["name"])
        inner = _interface(types, each["type"])
        required = not each.get("optional")
        if inner and f"{argument} block." in docs:
            if required or argument in wanted:
                about = {"required_block": required, "single": "fqn" in each["type"]}
                found["blocks"][argument] = {**about, **body(types, inner, wanted)}
            else:
                found["other_blocks"].append(argument)
        elif argument != "id" or not top:  # a resource's own is the cloud's to say
            found["required" if required else "optional"].append(argument)
            if values := VALUES.search(docs):
                found["values"][argument] = json.loads(values[1])
    return {name: value for name, value in found.items() if value}


def computed(one: dict[str, Any]) -> list[str]:
    """The attributes that the cloud alone says, and references may name."""
    names = {each["name"] for each in one["properties"] if each.get("immutable") and not each.get("static")}
    return sorted({"id", *(_snake(name) for name in names if not name.endswith("Input"))})


def _interface(types: Types, type_: dict[str, Any]) -> str | None:
    if "fqn" in type_:
        return type_["fqn"] if type_["fqn"] in types else None
    inner = [type_["collection"]["elementtype"]] if "collection" in type_ else type_.get("union", {}).get("types", [])
    return next(filter(None, (_interface(types, one) for one in inner)), None)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def main() -> None:
    """Write provider_schema.json anew."""
    schema: dict[str, Any] = {}
    for provider, package in PACKAGES.items():
        for version, kind, type_, what in resources(provider, description(package)):
            about = schema.setdefault(provider, {"package": package, "version": version})
            about.setdefault(kind, {})[type_] = what
    text = json.dumps(schema, indent=1, sort_keys=True)
    SCHEMA.write_text(re.sub(r"\[[^][]*\]", lambda at: " ".join(at[0].split()), text) + "\n")
    unknown = [key for key in used() if key[2] not in schema.get(key[0], {}).get(key[1], {})]
    print(f"{SCHEMA.name}: {SCHEMA.stat().st_size} bytes; no provider knows {unknown or 'nothing less'}")  # noqa: T201 - a command-line program


if __name__ == "__main__":
    main()
