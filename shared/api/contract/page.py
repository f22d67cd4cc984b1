"""The contract as one page of HTML: no script, no picture, nothing from another host."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from pathlib import Path

from shared.api.contract.parts import Json
from shared.api.contract.schemas import PREFIX

CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
_CSS_HASH = b64encode(sha256(CSS.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_CSS_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def page(document: Json) -> str:
    """The page of an OpenAPI document."""
    title = escape(document["info"]["title"])
    calls = [(method, path, call) for path, methods in document["paths"].items() for method, call in methods.items()]
    by_tag = {tag["name"]: [call for call in calls if tag["name"] in call[2]["tags"]] for tag in document["tags"]}
    about = {tag["name"]: tag["description"] for tag in document["tags"]}
    sections = [
        f"<h2>{escape(tag)}</h2>{_text(about[tag])}{''.join(_call(*call) for call in found)}"
        for tag, found in by_tag.items()
    ]
    types = [_type(name, schema) for name, schema in sorted(document["components"]["schemas"].items())]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}: the API</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{CSS}</style></head><body>'
        f"<nav>{_contents(by_tag)}</nav><main><h1>{title}</h1>{_text(document['info']['description'])}"
        '<p><a href="openapi.json">openapi.json</a> says all this to programs.</p>'
        f'{"".join(sections)}<h2 id="types">Types</h2>{"".join(types)}</main></body></html>'
    )


def _contents(by_tag: dict[str, list[tuple[str, str, Json]]]) -> str:
    parts = []
    for tag, calls in by_tag.items():
        lines = "".join(
            f'<li><a href="#{call["operationId"]}">{escape(call["summary"])}</a></li>' for _, _, call in calls
        )
        parts.append(f"<b>{escape(tag)}</b><ul>{lines}</ul>")
    return "".join(parts) + '<b><a href="#types">Types</a></b>'


def _call(method: str, path: str, call: Json) -> str:
    parameters = [
        (
            _code(parameter["name"]),
            f"{escape(parameter['in'])}, {_shape(parameter['schema'])}",
            parameter["description"],
        )
        for parameter in call["parameters"]
    ]
    answers = [(status, _content(answer), answer["description"]) for status, answer in call["responses"].items()]
    asked = call.get("requestBody")
    body = ""
    if asked:
        need = "" if asked["required"] else " It may be left out."
        content, *_ = asked["content"].values()  # JSON; the others are forms of it
        examples = "".join(_folded(name, example["value"]) for name, example in content.get("examples", {}).items())
        body = f"<h4>Body</h4><p>{_shape(content['schema'])}{need}</p>{examples}"
    return (
        f'<h3 id="{call["operationId"]}">{escape(call["summary"])}</h3>'
        f'<p class="path"><span class="method {method}">{method.upper()}</span> {escape(path)}</p>'
        f"{_text(call['description'])}{_table('Parameters', parameters)}{body}{_table('Answers', answers)}"
        + "".join(
            _folded(f"{status}: an example", content["example"])
            for status, answer in call["responses"].items()
            for content in answer.get("content", {}).values()
            if status.startswith("2") and "example" in content
        )
    )


def _content(answer: Json) -> str:
    content = [_shape(found["schema"]) for found in answer.get("content", {}).values()]
    headers = [_code(name) for name in answer.get("headers", {})]
    return "<br>".join([*content, *headers])


def _type(name: str, schema: Json) -> str:
    needed = schema.get("required", ())
    fields = [
        (
            _code(field),
            _shape(found) + (' <span class="soft">optional</span>' if field not in needed else ""),
            found.get("description", ""),
        )
        for field, found in schema.get("properties", {}).items()
    ]
    return f'<h3 id="type-{name}">{name}</h3>{_text(schema.get("description", ""))}{_table("", fields)}'


def _shape(schema: Json) -> str:
    """What a value looks like, in short."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(PREFIX)
        return f'<a href="#type-{name}">{name}</a>'
    if choices := schema.get("anyOf"):
        return " or ".join(_shape({"type": schema.get("type", ""), **choice}) for choice in choices)
    if values := schema.get("enum"):
        return " · ".join(_code(json.dumps(value)) for value in values)
    for within, word in (("items", "list of"), ("additionalProperties", "object of")):
        if isinstance(schema.get(within), dict):
            return f"{word} {_shape(schema[within])}"
    kind: str = schema.get("format") or schema.get("type", "")
    return escape(f"{kind} {_bounds(schema)}".strip())


def _bounds(schema: Json) -> str:
    for least, most in (("minimum", "maximum"), ("minLength", "maxLength")):
        if least in schema or most in schema:
            return f"{schema.get(least, '…')} to {schema.get(most, '…')}"
    return ""


def _table(title: str, rows: Iterable[tuple[str, str, str]]) -> str:
    lines = [f"<tr><td>{name}</td><td>{shape}</td><td>{_text(about)}</td></tr>" for name, shape, about in rows]
    if not lines:
        return ""
    return (f"<h4>{title}</h4>" if title else "") + f"<table>{''.join(lines)}</table>"


def _folded(title: str, value: object) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return f"<details><summary>{escape(title)}</summary><pre>{escape(text)}</pre></details>"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _text(text: str) -> str:
    """Paragraphs, lists, `code` and **strong** words, as the descriptions have them."""
    return "".join(_block(block) for block in text.strip().split("\n\n") if block)


def _block(block: str) -> str:
    if block.startswith("- "):
        return "<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in block.splitlines()) + "</ul>"
    return f"<p>{_inline(block)}</p>"


def _inline(text: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False)))
