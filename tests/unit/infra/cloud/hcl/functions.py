"""Terraform's functions, as far as these files use them."""

import base64
import hashlib
import itertools
import json
import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

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


def _read(path: str) -> str:
    return Path(path).read_text()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "alltrue": lambda values: all(value is True for value in values),
    "base64encode": lambda text: base64.b64encode(text.encode()).decode(),
    "ceil": math.ceil,
    "chunklist": lambda values, size: [values[at : at + size] for at in range(0, len(values), size)],
    "coalesce": _coalesce,
    "concat": lambda *lists: list(itertools.chain(*lists)),
    "contains": lambda values, value: value in values,
    "element": lambda values, index: values[index % len(values)],
    "file": _read,
    "fileexists": lambda path: Path(path).is_file(),
    "flatten": _flatten,
    "floor": math.floor,
    "format": _format,
    "join": lambda glue, values: glue.join(map(in_text, values)),
    "jsondecode": json.loads,
    "jsonencode": _json,
    "keys": sorted,
    "length": len,
    "lookup": _lookup,
    "lower": str.lower,
    "max": max,
    "merge": _merge,
    "min": min,
    "one": lambda values: values[0] if values else None,
    "range": lambda *bounds: list(range(*bounds)),
    "regex": _regex,
    "replace": _replace,
    "setintersection": lambda first, *rest: [value for value in first if all(value in other for other in rest)],
    "setproduct": lambda *lists: [list(each) for each in itertools.product(*lists)],
    "setsubtract": lambda values, others: [value for value in values if value not in others],
    "sha256": lambda text: hashlib.sha256(text.encode()).hexdigest(),
    "sort": sorted,
    "split": lambda glue, text: text.split(glue),
    "startswith": str.startswith,
    "substr": lambda text, at, length: text[at:] if length < 0 else text[at : at + length],
    "tonumber": _number,
    "toset": lambda values: sorted(_unique(list(values))),
    "tostring": lambda value: None if value is None else in_text(value),
    "trimspace": str.strip,
    "trimsuffix": str.removesuffix,
    "values": lambda values: [values[key] for key in sorted(values)],
    "yamldecode": cache(yaml.safe_load),  # nobody changes a value
}

# Those that something unknown among their arguments does not make unknown.
TAKES_UNKNOWN = {"coalesce", "format", "jsonencode", "tostring"}
