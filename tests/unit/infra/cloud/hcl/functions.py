"""Terraform's functions, as far as these files use them."""

import base64
import hashlib
import itertools
import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import yaml

from tests.unit.infra.cloud.hcl.values import HclError, in_text


def _format(text: str, *values: Any) -> str:
    return re.sub("%[vs]", "%s", text) % tuple(in_text(value) if isinstance(value, bool) else value for value in values)


def _regex(pattern: str, text: str) -> Any:
    found = re.search(pattern.replace(r"\z", r"\Z"), in_text(text))
    if found is None:
        raise HclError(f"{text!r} does not match {pattern!r}")
    return found.groupdict() or list(found.groups()) or found[0]


def _replace(text: str, old: str, new: str) -> str:
    if len(old) > 1 and old[0] == old[-1] == "/":
        return re.sub(old[1:-1], re.sub(r"\$(\d)", r"\\\1", new), text)
    return text.replace(old, new)


def _merge(*objects: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for each in objects for key, value in (each or {}).items()}


def _flatten(values: list[Any]) -> list[Any]:
    return [inner for value in values for inner in (_flatten(value) if isinstance(value, list) else [value])]


def _unique(values: list[Any]) -> list[Any]:
    return [value for index, value in enumerate(values) if value not in values[:index]]


def _coalesce(*values: Any) -> Any:
    return next(value for value in values if value not in {None, ""})


def _lookup(values: Mapping[str, Any], key: str, *default: Any) -> Any:
    return values[key] if key in values else default[0]


def _number(value: Any) -> int | float | None:
    if value is None:
        return None
    number = float(value)
    return int(number) if number.is_integer() else number


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, default=str)


def _yaml(value: Any) -> str:
    return yaml.safe_dump(json.loads(_json(value)))


def _read(path: str) -> str:
    return Path(path).read_text()


def _digest(value: bytes) -> str:
    return base64.b64encode(hashlib.sha256(value).digest()).decode()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "alltrue": lambda values: all(value is True for value in values),
    "anytrue": lambda values: any(value is True for value in values),
    "base64encode": lambda text: base64.b64encode(text.encode()).decode(),
    "base64sha256": lambda text: _digest(text.encode()),
    "ceil": math.ceil,
    "chunklist": lambda values, size: [values[at : at + size] for at in range(0, len(values), size)],
    "coalesce": _coalesce,
    "compact": lambda values: [value for value in values if value not in {None, ""}],
    "concat": lambda *lists: list(itertools.chain(*lists)),
    "contains": lambda values, value: value in values,
    "distinct": _unique,
    "element": lambda values, index: values[index % len(values)],
    "endswith": str.endswith,
    "file": _read,
    "filebase64sha256": lambda path: _digest(Path(path).read_bytes()),
    "fileexists": lambda path: Path(path).is_file(),
    "filemd5": lambda path: hashlib.md5(Path(path).read_bytes(), usedforsecurity=False).hexdigest(),
    "filesha256": lambda path: hashlib.sha256(Path(path).read_bytes()).hexdigest(),
    "fileset": lambda folder, pattern: sorted(str(path.relative_to(folder)) for path in Path(folder).glob(pattern)),
    "flatten": _flatten,
    "floor": math.floor,
    "format": _format,
    "indent": lambda spaces, text: text.replace("\n", "\n" + " " * spaces),
    "join": lambda glue, values: glue.join(map(in_text, values)),
    "jsondecode": json.loads,
    "jsonencode": _json,
    "keys": sorted,
    "length": len,
    "lookup": _lookup,
    "lower": str.lower,
    "max": max,
    "md5": lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
    "merge": _merge,
    "min": min,
    "nonsensitive": lambda value: value,
    "one": lambda values: values[0] if values else None,
    "pow": pow,
    "range": lambda *bounds: list(range(*bounds)),
    "regex": _regex,
    "regexall": re.findall,
    "replace": _replace,
    "reverse": lambda values: values[::-1],
    "sensitive": lambda value: value,
    "setintersection": lambda first, *rest: [value for value in first if all(value in other for other in rest)],
    "setproduct": lambda *lists: [list(each) for each in itertools.product(*lists)],
    "setsubtract": lambda values, others: [value for value in values if value not in others],
    "setunion": lambda *lists: sorted(_unique(list(itertools.chain(*lists)))),
    "sha1": lambda text: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(),
    "sha256": lambda text: hashlib.sha256(text.encode()).hexdigest(),
    "sort": sorted,
    "split": lambda glue, text: text.split(glue),
    "startswith": str.startswith,
    "strcontains": lambda text, part: part in text,
    "substr": lambda text, at, length: text[at:] if length < 0 else text[at : at + length],
    "sum": sum,
    "title": str.title,
    "tobool": lambda value: value if isinstance(value, bool | None) else {"true": True, "false": False}[value],
    "tolist": list,
    "tomap": dict,
    "tonumber": _number,
    "toset": lambda values: sorted(_unique(list(values))),
    "tostring": lambda value: None if value is None else in_text(value),
    "trim": str.strip,
    "trimprefix": str.removeprefix,
    "trimspace": str.strip,
    "trimsuffix": str.removesuffix,
    "upper": str.upper,
    "urlencode": quote_plus,
    "values": lambda values: [values[key] for key in sorted(values)],
    "yamldecode": yaml.safe_load,
    "yamlencode": _yaml,
    "zipmap": lambda keys, values: dict(zip(keys, values, strict=True)),
}

# Those that something unknown among their arguments does not make unknown.
TAKES_UNKNOWN = {"coalesce", "format", "jsonencode", "nonsensitive", "sensitive", "tostring", "yamlencode"}
