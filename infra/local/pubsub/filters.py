"""The filter language of subscriptions.

Source: https://cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from infra.local.pubsub.errors import invalid

Filter = Callable[[Mapping[str, str]], bool]  # of a message's attributes
MAX_FILTER = 256  # bytes

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<word>[A-Za-z0-9_-]+)|(?P<mark>!=|[=:.,()]))""", re.DOTALL
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[xX][0-9A-Fa-f]{2}|[0-3][0-7]{2}|.)", re.DOTALL)
_PLAIN_ESCAPES = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "'": "'",
    "?": "?", "`": "`",
}  # fmt: skip


class _Token(NamedTuple):
    kind: str  # string, word, mark, end
    text: str


def parse_filter(text: str) -> Filter:
    """What decides whether a message is delivered; an empty filter takes all.

    Raises:
        RpcError: INVALID_ARGUMENT, naming what cannot be read.
    """
    if not text:
        return lambda _: True
    if len(text.encode()) > MAX_FILTER:
        raise invalid(f"A filter has at most {MAX_FILTER} bytes.")
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0

    def whole(self) -> Filter:
        found = self._expression()
        if self._next.kind != "end":
            raise self._wrong("AND, OR or the end")
        return found

    def _expression(self) -> Filter:
        terms = [self._term()]
        operators = set()
        while self._next in {_Token("word", "AND"), _Token("word", "OR")}:
            operators.add(self._take().text)
            terms.append(self._term())
        if len(operators) > 1:
            raise invalid(f"The filter mixes AND and OR without parentheses: {self._text}")
        if operators == {"OR"}:
            return lambda attributes: any(term(attributes) for term in terms)
        return lambda attributes: all(term(attributes) for term in terms)

    def _term(self) -> Filter:
        if self._next == _Token("word", "NOT"):
            self._take()
            negated = self._term()
            return lambda attributes: not negated(attributes)
        if self._next == _Token("mark", "("):
            self._take()
            inner = self._expression()
            self._expect(")")
            return inner
        if self._next == _Token("word", "hasPrefix"):
            return self._prefix()
        return self._comparison()

    def _prefix(self) -> Filter:
        self._take()
        self._expect("(")
        key = self._attribute()
        self._expect(",")
        prefix = self._string()
        self._expect(")")
        return lambda attributes: key in attributes and attributes[key].startswith(prefix)

    def _comparison(self) -> Filter:
        self._word("attributes")
        mark = self._take()
        if mark.text == ":":
            has = self._key()
            return lambda attributes: has in attributes
        if mark.text != ".":
            self._at -= 1
            raise self._wrong("attributes:KEY or attributes.KEY")
        key = self._key()
        operator = self._take()
        if operator not in {_Token("mark", "="), _Token("mark", "!=")}:
            self._at -= 1
            raise self._wrong("= or !=")
        value = self._string()
        if operator.text == "=":
            return lambda attributes: attributes.get(key) == value
        return lambda attributes: attributes.get(key) != value

    def _attribute(self) -> str:
        self._word("attributes")
        self._expect(".")
        return self._key()

    def _key(self) -> str:
        return self._take().text if self._next.kind == "word" else self._string()

    def _string(self) -> str:
        if self._next.kind != "string":
            raise self._wrong("a string in double quotes")
        return self._take().text

    def _word(self, word: str) -> None:
        if self._next != _Token("word", word):
            raise self._wrong(word)
        self._take()

    def _expect(self, mark: str) -> None:
        if self._next != _Token("mark", mark):
            raise self._wrong(mark)
        self._take()

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _wrong(self, wanted: str) -> Exception:
        found = self._next.text or "its end"
        return invalid(f"The filter cannot be read: wanted {wanted}, found {found}, in: {self._text}")


def _tokens(text: str) -> "list[_Token]":
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise invalid(f"The filter cannot be read from here: {text[at:]}")
        value = match[match.lastgroup]
        found.append(_Token(match.lastgroup, _unescaped(value[1:-1]) if match.lastgroup == "string" else value))
        at = match.end()
    return [*found, _Token("end", "")]


def _unescaped(text: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        code = match[1]
        if code in _PLAIN_ESCAPES:
            return _PLAIN_ESCAPES[code]
        if code[0] in "uUxX" and len(code) > 1:
            return _character(int(code[1:], 16))
        if code[0].isdigit() and len(code) > 1:
            return _character(int(code, 8))
        raise invalid(f"The filter has an escape that does not exist: \\{code}")

    return _ESCAPE.sub(replaced, text)


def _character(number: int) -> str:
    try:
        return chr(number)
    except (ValueError, OverflowError) as exc:
        raise invalid(f"The filter has an escape of a character that does not exist: {number:#x}") from exc
