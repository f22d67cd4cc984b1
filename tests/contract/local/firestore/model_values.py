"""How Firestore orders values, in the plainest words there are."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud import firestore


def key(value: Any) -> tuple[Any, ...]:  # noqa: C901, PLR0911 - one answer a type
    """What sorts as Firestore does: (place of the type, what decides within it)."""
    match value:
        case None:
            return (0,)
        case bool():
            return (1, value)
        case float() if math.isnan(value):
            return (2, 0)
        case int() | float():
            return (2, 1, value)
        case datetime():
            return (3, _micros(value))
        case str():
            return (4, value.encode())
        case bytes():
            return (5, value)
        case firestore.DocumentReference():
            return (6, *(part.encode() for part in value.path.split("/")))
        case firestore.GeoPoint():
            return (7, value.latitude, value.longitude)
        case list():
            return (8, tuple(key(element) for element in value))
        case dict():
            return (9, tuple((name.encode(), key(value[name])) for name in sorted(value, key=str.encode)))
    raise TypeError(f"the model knows no {type(value).__name__}")


def _micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def equal(one: Any, other: Any) -> bool:
    """Whether a filter would find the one by the other: 1 is 1.0, NaN is NaN."""
    return key(one) == key(other)


def exact(value: Any) -> Any:
    """What tells apart all that is stored differently: 1 from 1.0, too."""
    match value:
        case dict():
            return {name: exact(each) for name, each in value.items()}
        case list():
            return [exact(each) for each in value]
        case datetime():
            return ("time", _micros(value))
        case firestore.GeoPoint():
            return ("geo", value.latitude, value.longitude)
    return (type(value).__name__, repr(value))
