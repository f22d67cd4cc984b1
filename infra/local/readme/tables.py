"""Tables and lists of Markdown, of what the services offer."""

import inspect
import re
from collections.abc import Iterable, Sequence

import msgspec

from infra.local.faults import EFFECTS, Fault
from infra.local.rest import Offered
from infra.local.rpc import Method


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def bullets(lines: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {line}" for line in lines)


def methods(*clients: tuple[Iterable[Method], object]) -> str:
    """Every method that the clients of gRPC services can call, by service, and whether it is answered."""
    by_service: dict[str, set[tuple[str, bool]]] = {}
    for found, answers in clients:
        for method in found:
            service = method.path.lstrip("/").partition("/")[0]
            by_service.setdefault(service, set()).add((method.name, hasattr(answers, method.attribute)))
    rows = []
    for service, names in by_service.items():
        yes, no = (", ".join(f"`{name}`" for name, there in sorted(names) if there is want) for want in (True, False))
        rows.append((f"`{service}`", yes or "–", no or "–"))
    return table(("gRPC service", "yes", "no"), rows)


def operations(offered: Iterable[Offered]) -> str:
    """HTTP operations, by name, with their paths."""
    paths: dict[str, list[str]] = {}
    for each in offered:
        shown = re.sub(r"\{(\w+):\w+\}", r"{\1}", each.path)
        if (said := f"`{each.verb} {shown}`") not in paths.setdefault(each.operation, []):
            paths[each.operation].append(said)
    return table(("operation", "at"), [(f"`{name}`", ", ".join(said)) for name, said in sorted(paths.items())])


def control(offered: Iterable[Offered]) -> str:
    """The operations of the control port, with what they do."""
    rows = [(f"`{each.verb} {re.sub(r':int', '', each.path)}`", each.about) for each in offered]
    return table(("call", "what it does"), rows)


def fault_fields() -> str:
    """The fields of a fault, with their defaults; what they mean is said beside them in the code."""
    said = dict(re.findall(r"^    (\w+): [^#\n]*#\s*(.*)$", inspect.getsource(Fault), re.MULTILINE))
    rows = []
    for field in msgspec.structs.fields(Fault):
        default = "required" if field.required else f"`{msgspec.json.encode(field.default).decode()}`"
        rows.append((f"`{field.name}`", default, said.get(field.name, "")))
    return table(("field", "default", "meaning"), rows)


def fault_effects() -> str:
    """What each effect does."""
    return table(("effect", "what happens"), [(f"`{name}`", text) for name, text in EFFECTS.items()])
