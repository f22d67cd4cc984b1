"""Names of documents and paths of fields."""

import re
from functools import lru_cache
from typing import NamedTuple

from infra.local.firestore.errors import invalid

FieldPath = tuple[str, ...]
NAME: FieldPath = ("__name__",)  # stands for the document's name wherever a field is asked for

_PREFIX_SEGMENTS = 5  # projects/P/databases/D/documents
_SIMPLE = re.compile(r"[a-zA-Z_][a-zA-Z_0-9]*\Z")
_DATABASE = re.compile(r"projects/[^/]+/databases/[^/]+\Z")


class Name(NamedTuple):
    """A resource below a database: `projects/P/databases/D` and `jobs/1/events/2` (empty: the root)."""

    database: str
    path: str


def parse_database(name: str) -> str:
    """Check the name of a database.

    Raises:
        RpcError: INVALID_ARGUMENT, it is none.
    """
    if not _DATABASE.match(name):
        raise invalid(f'Invalid database name "{name}": it is not of the form projects/P/databases/D.')
    return name


def parse_name(name: str) -> Name:
    """Split the name of a document, a collection or the root.

    Raises:
        RpcError: INVALID_ARGUMENT, it is none.
    """
    parts = name.split("/", _PREFIX_SEGMENTS)
    if (
        len(parts) < _PREFIX_SEGMENTS
        or parts[0] != "projects"
        or parts[2] != "databases"
        or parts[4] != "documents"
        or not (parts[1] and parts[3])
    ):
        raise invalid(
            f'Resource name "{name}" is not of the form projects/P/databases/D/documents and a path below it.'
        )
    return Name(f"projects/{parts[1]}/databases/{parts[3]}", parts[5] if len(parts) > _PREFIX_SEGMENTS else "")


def parse_parent(name: str) -> Name:
    """Split the name of what collections are below: a document, or the root.

    Raises:
        RpcError: INVALID_ARGUMENT, it is neither.
    """
    parsed = parse_name(name)
    return parse_document(name) if parsed.path else parsed


def parse_document(name: str) -> Name:
    """Split the name of a document.

    Raises:
        RpcError: INVALID_ARGUMENT, it is none.
    """
    parsed = parse_name(name)
    if not parsed.path or parsed.path.count("/") % 2 == 0 or "" in parsed.path.split("/"):
        raise invalid(f'Document name "{name}" lacks an even number of non-empty segments after "documents".')
    return parsed


@lru_cache(maxsize=4096)
def parse_field_path(text: str) -> FieldPath:
    """The names along a path such as ``a.`b c`.d``.

    Raises:
        RpcError: INVALID_ARGUMENT, it is not a field path.
    """
    names: list[str] = []
    at, end = 0, len(text)
    while True:
        if at < end and text[at] == "`":
            name, at = _quoted(text, at + 1)
        else:
            stop = text.find(".", at)
            stop = end if stop < 0 else stop
            name, at = text[at:stop], stop
            if not _SIMPLE.match(name):
                raise invalid(
                    f'Invalid property path "{text}". Unquoted property names must match [a-zA-Z_][a-zA-Z_0-9]*.'
                )
        names.append(name)
        if at == end:
            return tuple(names)
        if text[at] != ".":
            raise invalid(f'Invalid property path "{text}".')
        at += 1


def _quoted(text: str, at: int) -> tuple[str, int]:
    name: list[str] = []
    while at < len(text):
        letter = text[at]
        if letter == "`":
            if not name:
                break
            return "".join(name), at + 1
        if letter == "\\":
            at += 1
            if at == len(text):
                break
        name.append(text[at])
        at += 1
    raise invalid(f'Invalid property path "{text}".')


def format_field_path(path: FieldPath) -> str:
    """The text of a field path, quoted where needed."""
    return ".".join(
        name if _SIMPLE.match(name) else "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`" for name in path
    )
