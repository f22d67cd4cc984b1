"""The value of an expression: operators, conditions, `for`, indices and calls, as Terraform has them."""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from lark import Token

from tests.unit.infra.cloud.hcl.functions import FUNCTIONS, TAKES_UNKNOWN
from tests.unit.infra.cloud.hcl.syntax import Expression, parse_expression, parts, word
from tests.unit.infra.cloud.hcl.templates import ESCAPES, render
from tests.unit.infra.cloud.hcl.values import HclError, Unknown, in_text, member

Names: TypeAlias = Mapping[str, Any]

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def evaluate(tree: Expression, names: Names) -> Any:
    """The value of `tree` where `names` are known.

    Raises:
        HclError: a name is unknown, or something has no such member, or this evaluator cannot do it.
    """
    rule = RULES.get(str(tree.data))
    if rule is None:
        raise HclError(f"{tree.data} is more than this evaluator knows")
    return rule(tree, names)


def template(text: str, names: Names) -> str:
    """A heredoc or a template file with its `${…}` filled in and its `%{…}` followed."""
    return render(text, names, lambda expression, known: evaluate(parse_expression(expression), known))


def _term(tree: Expression, names: Names) -> Any:
    (inner,) = parts(tree)
    return evaluate(inner, names)


def _identifier(tree: Expression, names: Names) -> Any:
    try:
        return names[word(tree)]
    except KeyError:
        raise HclError(f"nothing is called {word(tree)}") from None


def _literal(tree: Expression, _: Names) -> Any:
    return {"true": True, "false": False, "null": None}[word(tree)]


def _string(tree: Expression, names: Names) -> Any:
    pieces = [_piece(part, names) for part in parts(tree)]
    if len(pieces) == 1 and not isinstance(pieces[0], str):
        return pieces[0]  # "${x}" is x
    return "".join(map(in_text, pieces))


def _piece(part: Expression, names: Names) -> Any:
    (child,) = part.children
    if isinstance(child, Token):
        return ESCAPES.sub(lambda at: ESCAPED.get(at[0], at[0][1:]), child.value)
    (inner,) = parts(child)
    return evaluate(inner, names)


ESCAPED = {"\\n": "\n", "\\t": "\t", "\\r": "\r"}


def _heredoc(tree: Expression, names: Names) -> str:
    first, *lines, _ = word(tree).strip("\n").split("\n")
    if first.startswith("<<-"):
        indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        lines = [line[indent:] for line in lines]
    return template("".join(f"{line}\n" for line in lines), names)


def _tuple(tree: Expression, names: Names) -> list[Any]:
    return [evaluate(part, names) for part in parts(tree)]


def _object(tree: Expression, names: Names) -> dict[str, Any]:
    found = {}
    for element in parts(tree):
        key, value = parts(element)
        found[_key(key, names)] = evaluate(value, names)
    return found


def _key(tree: Expression, names: Names) -> str:
    (inner,) = parts(tree)
    bare = parts(inner)[0] if inner.data == "expr_term" and isinstance(inner.children[0], type(tree)) else inner
    return word(bare) if bare.data in {"identifier", "keyword"} else in_text(evaluate(inner, names))


def _unary(tree: Expression, names: Names) -> Any:
    value = evaluate(parts(tree)[0], names)
    if isinstance(value, Unknown):
        return Unknown(f"{tree.children[0]}{value.text}")
    return not value if tree.children[0] == "!" else -value


def _binary(tree: Expression, names: Names) -> Any:
    first, term = parts(tree)
    sign, second = word(parts(term)[0]), parts(term)[1]
    left = evaluate(first, names)
    if sign in {"&&", "||"} and left is (sign == "||"):
        return left
    right = evaluate(second, names)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        if sign in {"==", "!="} and None in (left, right):
            return sign == "!="  # what the cloud will say is something
        return Unknown(f"{left} {sign} {right}")
    match sign:
        case "&&" | "||":
            return right
        case "==" | "!=":
            return (left == right and isinstance(left, bool) == isinstance(right, bool)) == (sign == "==")
    return OPERATORS[sign](left, right)


def _conditional(tree: Expression, names: Names) -> Any:
    condition, if_true, if_false = parts(tree)
    value = evaluate(condition, names)
    if isinstance(value, Unknown):
        return Unknown(f"{value.text} ? … : …")
    return evaluate(if_true if value else if_false, names)


def _index(tree: Expression, names: Names) -> Any:
    inner, index = parts(tree)
    return _step(evaluate(inner, names), index, names)


def _step(value: Any, step: Expression, names: Names) -> Any:
    if step.data == "get_attr":
        return member(value, word(parts(step)[0]))
    if step.data == "short_index":
        return member(value, int(str(step.children[1])))
    return member(value, evaluate(parts(step)[0], names))


def _splat(tree: Expression, names: Names) -> Any:
    inner, splat = parts(tree)
    value = evaluate(inner, names)
    if isinstance(value, Unknown):
        return Unknown(f"{value.text}[*]")
    found = value if isinstance(value, list) else [] if value is None else [value]
    for step in parts(splat):
        found = [_step(one, step, names) for one in found]
    return found


def _call(tree: Expression, names: Names) -> Any:
    name = word(parts(tree)[0])
    given = parts(tree)[1] if len(parts(tree)) > 1 else None
    trees = parts(given) if given else []
    if name in {"try", "can"}:
        return _attempt(name, trees, names)
    arguments = [evaluate(part, names) for part in trees]
    if given and any(child == "..." for child in given.children):
        arguments[-1:] = arguments[-1]
    if name == "templatefile":
        return _template_file(*arguments)
    if name not in FUNCTIONS:
        raise HclError(f"the function {name} is not in functions.py yet")
    if name not in TAKES_UNKNOWN and any(isinstance(value, Unknown) for value in arguments):
        return Unknown(f"{name}({', '.join(map(str, arguments))})")
    return FUNCTIONS[name](*arguments)


def _template_file(path: str, known: Names) -> str:
    with open(path) as file:  # noqa: PTH123 - Terraform's own words
        return template(file.read(), known)


def _attempt(name: str, trees: list[Expression], names: Names) -> Any:
    for tree in trees:
        try:
            value = evaluate(tree, names)
        except (HclError, TypeError, ValueError):
            continue
        return True if name == "can" else value
    if name == "can":
        return False
    raise HclError("nothing that `try` was given can be evaluated")


def _for(tree: Expression, names: Names) -> Any:
    intro, *rest = parts(tree)
    *variables, collection = parts(intro)
    known = [word(variable) for variable in variables]
    value = evaluate(collection, names)
    if isinstance(value, Unknown):
        return Unknown(f"[for … in {value.text}]")
    condition = rest.pop() if rest[-1].data == "for_cond" else None
    rounds = []
    for pair in _items(value):
        inner = {**names, **dict(zip(known, pair[-len(known) :], strict=True))}
        if condition is None or evaluate(parts(condition)[0], inner):
            rounds.append([evaluate(part, inner) for part in rest])
    if tree.data == "for_tuple_expr":
        return [value for (value,) in rounds]
    if not any(child == "..." for child in tree.children):
        return {in_text(key): value for key, value in rounds}
    grouped: dict[str, list[Any]] = {}
    for key, value in rounds:
        grouped.setdefault(in_text(key), []).append(value)
    return grouped


def _items(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return ((key, value[key]) for key in sorted(value))
    return enumerate(value)


RULES: dict[str, Callable[[Expression, Names], Any]] = {
    "expr_term": _term,
    "identifier": _identifier,
    "literal_value": _literal,
    "int_lit": lambda tree, _: int(word(tree)),
    "float_lit": lambda tree, _: float(word(tree)),
    "string": _string,
    "heredoc_template": _heredoc,
    "heredoc_template_trim": _heredoc,
    "tuple": _tuple,
    "object": _object,
    "unary_op": _unary,
    "binary_op": _binary,
    "conditional": _conditional,
    "index_expr_term": _index,
    "get_attr_expr_term": _index,
    "attr_splat_expr_term": _splat,
    "full_splat_expr_term": _splat,
    "function_call": _call,
    "for_tuple_expr": _for,
    "for_object_expr": _for,
}
