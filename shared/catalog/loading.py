"""Reading the catalogue's files: whatever is wrong in one is said with the file and the place in it."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from shared.catalog import Catalog, Model
from shared.domain.request import ProviderOptions

# What of a request a model may know (abilities.py has what asks for each); beside these, any provider option.
ABILITIES = {"negative_prompt", "seed", "watermark", "no_watermark", "mask", "edit", "upscale"}

Entry = TypeVar("Entry", bound=msgspec.Struct)


class CatalogError(Exception):
    """A file of the catalogue cannot be used; the text says which, where in it, and why."""


def parsed(name: str) -> Any:
    """The content of a YAML file that lies beside this one.

    A bundle has it as JSON instead: to load what reads YAML takes ten times as long as to read it.

    Raises:
        CatalogError: it is no YAML.
    """
    path = Path(__file__).with_name(name)
    bundled = path.with_suffix(".json")
    if bundled.exists():
        return msgspec.json.decode(bundled.read_bytes())
    import yaml

    try:
        return yaml.load(path.read_bytes(), yaml.CSafeLoader)
    except yaml.YAMLError as exc:
        raise CatalogError(f"{name}: {exc}") from exc


def entries(file: str, section: str, content: Any, kind: type[Entry], ids: Any = str) -> dict[str, Entry]:
    """The entries of a section of a file, by their ids, which are of the type `ids`.

    Raises:
        CatalogError: the section is missing, or an entry of it is no `kind`.
    """
    found = content.get(section) if isinstance(content, dict) else None
    if not isinstance(found, dict):
        raise CatalogError(f"{file}: {section} is missing, or is no mapping of ids")
    converted: dict[str, Entry] = {}
    for name, value in found.items():
        try:
            converted[msgspec.convert(name, ids)] = msgspec.convert(value, kind)
        except msgspec.ValidationError as exc:
            raise CatalogError(f"{file}: {section}: {name}: {exc}") from exc
    return converted


def read_models(content: Any, file: str = "models.yaml") -> Catalog:
    """The catalogue of models that the content of models.yaml describes.

    Raises:
        CatalogError: an entry cannot be meant.
    """
    models = entries(file, "models", content, Model)
    try:
        aliases = msgspec.convert(content.get("aliases"), dict[str, str])
    except msgspec.ValidationError as exc:
        raise CatalogError(f"{file}: aliases: {exc}") from exc
    for alias, target in aliases.items():
        where = f"{file}: aliases: {alias}"
        if alias in models:
            raise CatalogError(f"{where}: a model has this id")
        if target not in models:
            raise CatalogError(f"{where}: {target} is no model of this file")
    for name in models:
        if wrong := _wrong(name, models):
            raise CatalogError(f"{file}: models: {name}: {wrong}")
    return Catalog(aliases, models)


def _wrong(name: str, models: dict[str, Model]) -> str:
    """What is wrong with a model; empty where nothing is."""
    model = models[name]
    unknown = set(model.can) - ABILITIES - set(ProviderOptions.__struct_fields__)
    if not model.prices:
        return "prices: must name one size at least, the usual one first"
    if any(micros is not None and micros < 0 for micros in model.prices.values()):
        return "prices: must be 0 or more, or null"
    if not 0 <= model.min_references <= model.max_references:
        return f"max_references: must be {model.min_references} or more, as min_references says"
    if unknown:
        return f"can: there is no {', '.join(sorted(unknown))}"
    if model.retired and model.sunset is None:
        return "sunset: a retired model has one"
    return _wrong_successor(name, models)


def _wrong_successor(name: str, models: dict[str, Model]) -> str:
    way = [name]
    while (successor := models[way[-1]].successor) is not None:
        if successor not in models:
            return f"successor: {successor} is no model of this file" if len(way) == 1 else ""  # said of that one
        if successor in way:
            return f"successor: leads in a circle, {' → '.join([*way, successor])}"
        way.append(successor)
    return ""
