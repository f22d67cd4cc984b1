"""The operations of one function, each bound to what answers it."""

from collections.abc import Iterable, Mapping

from shared.api.cors import Cors
from shared.api.dialect_words import WORDS
from shared.api.operations import OPERATIONS, Function
from shared.api.router import Gate, Handler, Router
from shared.config import DIALECTS


def bound(
    function: Function,
    handlers: Mapping[str, Handler],
    gate: Gate,
    spoken: Iterable[str] = DIALECTS,
    cors: Cors | None = None,
) -> Router:
    """The router of a function: to each of its operations, by id, its handler, behind the gate.

    Of a dialect that is not `spoken` there is nothing. `cors` as Router has it.

    Raises:
        LookupError: an operation of the function has no handler, or an id is no operation of it.
    """
    elsewhere = [operation for operation in OPERATIONS.values() if operation.function != function]
    own = OPERATIONS.keys() - {operation.id for operation in elsewhere}
    if wrong := own ^ handlers.keys():
        raise LookupError(f"{function} must answer each of its operations, and no other: look at {sorted(wrong)}")
    known = {None, *spoken}
    routes = [(OPERATIONS[name], handler) for name, handler in handlers.items() if OPERATIONS[name].dialect in known]
    return Router(routes, gate, [operation for operation in elsewhere if operation.dialect in known], cors, WORDS)
