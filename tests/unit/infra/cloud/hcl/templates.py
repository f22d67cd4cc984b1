"""Templates: text with `${…}` to fill in and `%{ for }`, `%{ if }` to follow, in heredocs and template files."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.unit.infra.cloud.hcl.values import HclError, in_text

ESCAPES = re.compile(r"\\.|\$\$(?=\{)|%%(?=\{)")
TAG = re.compile(r"([$%])\1?\{")
FOR = re.compile(r"for\s+(\w+)(?:\s*,\s*(\w+))?\s+in\s+(.*)", re.DOTALL)

Evaluate = Callable[[str, Mapping[str, Any]], Any]


def render(text: str, names: Mapping[str, Any], evaluate: Evaluate) -> str:
    """The text with its `${…}` filled in by `evaluate` and its directives followed.

    Raises:
        HclError: a directive has no end, or a value cannot stand in a text.
    """
    rendered, rest = _until(_pieces(text), set(), names, evaluate, live=True)
    if rest:
        raise HclError(f"%{{{rest[0][1]}}} ends what was never begun")
    return rendered


def expressions(text: str) -> list[str]:
    """What a template evaluates: in its `${…}`, and in its `%{ if }` and `%{ for }`."""
    found = []
    for kind, inner in _pieces(text):
        loop = FOR.fullmatch(inner)
        if kind == "value":
            found.append(inner)
        elif kind == "directive" and (loop or inner.startswith("if ")):
            found.append(loop[3] if loop else inner[3:])
    return found


def _pieces(text: str) -> list[tuple[str, str]]:
    """The text cut into ("text", …), ("value", expression) and ("directive", words)."""
    found, at = [], 0
    while tag := TAG.search(text, at):
        found.append(("text", text[at : tag.start()]))
        if len(tag[0]) == len("$${"):
            found.append(("text", tag[0][1:]))
            at = tag.end()
            continue
        end = _closing(text, tag.end())
        inner = text[tag.end() : end]
        kind = "value" if tag[1] == "$" else "directive"
        if inner.startswith("~"):
            found[-1] = ("text", found[-1][1].rstrip())
        found.append((kind, inner.strip("~").strip()))
        at = end + 1
        if inner.endswith("~"):
            at += len(text[at:]) - len(text[at:].lstrip())
    return [*found, ("text", text[at:])]


def _closing(text: str, at: int) -> int:
    """Where the brace is that closes the one before `at`; those in strings are none."""
    depth, quoted = 1, False
    for place in range(at, len(text)):
        char = text[place]
        if char == '"' and text[place - 1] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += (char == "{") - (char == "}")
        if depth == 0:
            return place
    raise HclError(f"a template's brace is never closed: {text[at : at + 40]!r}")


def _until(
    pieces: list[tuple[str, str]], ends: set[str], names: Mapping[str, Any], evaluate: Evaluate, *, live: bool
) -> tuple[str, list[tuple[str, str]]]:
    """What the pieces up to a directive of `ends` render to, and the pieces from it on; nothing where not `live`."""
    out = ""
    while pieces:
        (kind, text), *rest = pieces
        if kind == "text":
            out, pieces = out + text, rest
        elif kind == "value":
            out, pieces = out + (in_text(evaluate(text, names)) if live else ""), rest
        elif text in ends or text in {"endfor", "endif", "else"}:
            break
        elif loop := FOR.fullmatch(text):
            inner, pieces = _loop(loop, rest, names, evaluate, live=live)
            out += inner
        elif text.startswith("if "):
            chosen = live and bool(evaluate(text[3:], names))
            first, pieces = _until(rest, {"else", "endif"}, names, evaluate, live=chosen)
            second = ""
            if pieces[0][1] == "else":
                second, pieces = _until(pieces[1:], {"endif"}, names, evaluate, live=live and not chosen)
            out, pieces = out + first + second, pieces[1:]
        else:
            raise HclError(f"%{{{text}}} is no directive")
    if ends and not pieces:
        raise HclError(f"a template lacks its {' or '.join(sorted(ends))}")
    return (out if live else ""), pieces


def _loop(
    loop: re.Match[str], body: list[tuple[str, str]], names: Mapping[str, Any], evaluate: Evaluate, *, live: bool
) -> tuple[str, list[tuple[str, str]]]:
    out = ""
    collection = evaluate(loop[3], names) if live else []
    pairs = [(key, collection[key]) for key in sorted(collection)] if isinstance(collection, Mapping) else None
    for pair in pairs if pairs is not None else enumerate(collection):
        known = [name for name in (loop[1], loop[2]) if name]
        inner = {**names, **dict(zip(known, pair[-len(known) :], strict=True))}
        out += _until(body, {"endfor"}, inner, evaluate, live=True)[0]
    return out, _until(body, {"endfor"}, names, evaluate, live=False)[1][1:]
