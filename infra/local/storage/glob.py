"""Object names that match a glob, as objects.list has it: `*` and `?` stay within a folder, `**` does not."""

import re

from infra.local.storage.refusals import invalid

PART = re.compile(r"\*\*|\*|\?|\[!?[^\]]+\]|\{|\}|,|\\.|[^*?\[{},\\]|.")


def compiled(glob: str) -> re.Pattern[str]:
    """A pattern for whole names.

    Raises:
        StorageError: 400, the braces do not match.
    """
    depth = 0
    pattern = ""
    for part in PART.findall(glob):
        depth += (part == "{") - (part == "}")
        if depth not in (0, 1):
            raise invalid(f"Invalid glob: {glob}", ("parameter", "matchGlob"))
        pattern += _translated(part, inside=depth > 0)
    if depth:
        raise invalid(f"Invalid glob: {glob}", ("parameter", "matchGlob"))
    return re.compile(pattern, re.DOTALL)


def _translated(part: str, *, inside: bool) -> str:
    fixed = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}
    if part in fixed:
        return fixed[part]
    if part == "," and inside:
        return "|"
    if part.startswith("[") and len(part) > 1:
        inner = part[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        return f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
    return re.escape(part[1:] if part.startswith("\\") and len(part) > 1 else part)
