"""Values that Terraform learns only from the cloud, and objects that hold some of these."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


class HclError(Exception):
    """An expression cannot be evaluated: what is wrong, and in which expression."""


@dataclass(frozen=True)
class Unknown:
    """What is known only after a deployment: the expression that will say it."""

    text: str

    def __str__(self) -> str:
        return f"${{{self.text}}}"


class Object(dict[str, Any]):
    """A resource or a block of one: what is not written in it is the cloud's to say."""

    def __init__(self, address: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.address = address

    def __missing__(self, name: str) -> Unknown:
        return Unknown(f"{self.address}.{name}")


class Lazy(Mapping[str, Any]):
    """Named values, each made when it is first asked for: in whatever order the files have them.

    Raises:
        HclError: a value is needed for itself, the circle that Terraform would refuse.
    """

    def __init__(self, names: Iterator[str] | set[str] | dict[str, Any], make: Callable[[str], Any]) -> None:
        self._names = set(names)
        self._make = make
        self._made: dict[str, Any] = {}
        self._begun: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:
            if name in self._begun:
                raise HclError(f"{name} needs itself")
            self._begun.add(name)
            try:
                self._made[name] = self._make(name)
            finally:
                self._begun.discard(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)


def member(value: Any, key: Any) -> Any:
    """`value.key` or `value[key]`.

    Raises:
        HclError: there is none.
    """
    if isinstance(value, Unknown):
        return Unknown(
            f"{value.text}.{key}" if isinstance(key, str) and key.isidentifier() else f"{value.text}[{key!r}]"
        )
    if isinstance(key, Unknown):
        return Unknown(f"…[{key.text}]")
    try:
        return value[int(key)] if isinstance(value, list) else value[key]
    except (KeyError, IndexError, TypeError, ValueError) as exc:
        names = f"; it has {', '.join(map(str, value))}" if isinstance(value, Mapping) else ""
        raise HclError(f"there is no {key!r} in {type(value).__name__}{names}") from exc


def in_text(value: Any) -> str:
    """A value as a template writes it.

    Raises:
        HclError: it is null, a list or an object, which no template takes.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float | Unknown):
        return str(value)
    raise HclError(f"{value!r} cannot stand in a string")
