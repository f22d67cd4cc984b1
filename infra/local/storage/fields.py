"""Partial responses: `fields=items(name,metadata/k),nextPageToken` keeps only what is named."""

import re
from typing import Any

from infra.local.storage.refusals import invalid

Mask = dict[str, "Mask"]  # an empty mask keeps everything below it
TOKEN = re.compile(r"[^,/()]+|[,/()]")


def partial(resource: dict[str, Any], fields: str) -> dict[str, Any]:
    """What `fields` keeps of `resource`.

    Raises:
        StorageError: 400, it cannot be read.
    """
    tokens = TOKEN.findall(fields)
    mask = _selectors(tokens)
    if tokens:
        raise invalid(f"Invalid field selection {fields}", ("parameter", "fields"))
    kept = _keep(resource, mask)
    return kept if isinstance(kept, dict) else {}


def _selectors(tokens: list[str]) -> Mask:
    mask: Mask = {}
    while True:
        name, below = _selector(tokens)
        mask[name] = {**mask.get(name, {}), **below}
        if not tokens or tokens[0] != ",":
            return mask
        tokens.pop(0)


def _selector(tokens: list[str]) -> tuple[str, Mask]:
    name = tokens.pop(0).strip() if tokens else ""
    if not name or name in ",/()":
        raise invalid(f"Invalid field selection {name}", ("parameter", "fields"))
    if tokens and tokens[0] == "/":
        tokens.pop(0)
        below, deeper = _selector(tokens)
        return name, {below: deeper}
    if tokens and tokens[0] == "(":
        tokens.pop(0)
        mask = _selectors(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise invalid("Invalid field selection: a parenthesis is not closed", ("parameter", "fields"))
        return name, mask
    return name, {}


def _keep(value: Any, mask: Mask) -> Any:
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [_keep(entry, mask) for entry in value]
    if isinstance(value, dict):
        return {name: _keep(value[name], below) for name, below in mask.items() if name in value}
    return value
