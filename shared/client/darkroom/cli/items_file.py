"""Files with a request on each line: JSON Lines, or CSV whose first line names the fields."""

import csv
import json
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from .exits import LocalError
from .prompts import text_of

WHOLE = {"n", "seed", "width", "height", "compression"}  # fields that are numbers; in CSV all is text
FLAGS = {"enhance", "thumbnail", "watermark", "allow_placeholder"}
AS_JSON = 'Each is JSON such as {"prompt": "a red fox", "seed": 7}; the name of a table of commas ends with .csv.'
YES_OR_NO = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Item(NamedTuple):
    """A request, and the line of the file that it ends on."""

    line: int  # from 1
    fields: dict[str, Any]


def items_of(file: Path) -> list[Item]:
    """The requests, in their order; a line of JSON may be a prompt alone.

    Raises:
        LocalError: the file cannot be read, or a line is no request; all is checked before anything is sent.
    """
    text = text_of(file)
    items = _rows(file, text) if file.suffix.lower() == ".csv" else _lines(file, text)
    if not items:
        raise LocalError(f"{file} has no request", 'Write one on each line: {"prompt": "a red fox", "seed": 7}')
    return items


def _lines(file: Path, text: str) -> list[Item]:
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except json.JSONDecodeError as exc:
            _wrong(file, number, f"is no JSON: {exc.msg}, at character {exc.colno}", AS_JSON)
        except (ValueError, RecursionError) as exc:  # digits or brackets without end
            _wrong(file, number, f"is no JSON: {exc}", AS_JSON)
        item = {"prompt": item} if isinstance(item, str) else item
        if not isinstance(item, dict) or not isinstance(item.get("prompt"), str):
            _wrong(file, number, "has no prompt")
        found.append(Item(number, item))
    return found


def _rows(file: Path, text: str) -> list[Item]:
    reader = csv.DictReader(StringIO(text, newline=""), strict=True)
    try:
        reader.fieldnames = names = [name.strip() for name in reader.fieldnames or ()]
        _check_columns(file, names)
        return [Item(reader.line_num, _row(file, reader.line_num, row)) for row in reader]
    except csv.Error as exc:
        raise LocalError(f"{file} line {reader.line_num} is no CSV: {exc}", "Write it as RFC 4180 has it.") from exc


def _check_columns(file: Path, names: list[str]) -> None:
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise LocalError(f"{file} names {', '.join(twice)} twice in its first line", "Name each column once.")
    if "prompt" not in names:
        there_are = ", ".join(map(repr, names)) or "nothing"
        text = f"{file} has no column prompt: its first line has {there_are}"
        raise LocalError(text, "Name the columns there, with commas between them: prompt,seed,label.film")


def _row(file: Path, number: int, row: dict[str | None, Any]) -> dict[str, Any]:
    """The columns that have something; `label.film` is the label `film`."""
    if None in row:
        _wrong(file, number, "has more values than there are columns")
    item: dict[str, Any] = {}
    for name, text in row.items():
        if text is None or not text.strip():
            continue
        if not name:
            _wrong(file, number, f"has {text!r} in a column without a name")
        group, dot, inner = str(name).partition(".")
        if dot and group in {"label", "labels"}:
            item.setdefault("labels", {})[inner] = text
        else:
            item[str(name)] = _value(file, number, str(name), text)
    if "prompt" not in item:
        _wrong(file, number, "has no prompt")
    return item


def _value(file: Path, number: int, name: str, text: str) -> Any:
    try:
        if name in WHOLE:
            return int(text)
        if name in FLAGS:
            return YES_OR_NO[text.strip().lower()]
        return json.loads(text) if name != "prompt" and text.lstrip()[:1] in {"[", "{"} else text
    except (ValueError, KeyError):
        _wrong(file, number, f"has {text!r} as {name}")


def _wrong(file: Path, number: int, what: str, form: str = "") -> NoReturn:
    advice = "Nothing was sent: mend the line, and say it again."
    raise LocalError(f"{file} line {number} {what}", f"{advice} {form}".strip())


def parts_of(items: list[Item], most: int) -> Iterable[list[Item]]:
    """The items, so many at a time."""
    return (items[start : start + most] for start in range(0, len(items), most))
