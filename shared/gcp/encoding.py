"""Values as Firestore's own protobuf messages, written in place, and back.

Google's client makes an object of its own of each value before it makes the message, which is the most of what a small
call costs.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud.firestore_v1 import DELETE_FIELD
from google.cloud.firestore_v1.types import write
from google.protobuf.struct_pb2 import NULL_VALUE

WRITE = write.Write.pb()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400  # seconds

Version = tuple[int, int]  # seconds and nanoseconds of a document's last change


def creation(name: str, fields: Mapping[str, Any]) -> Any:
    """The write that creates a document of these fields, where there is none."""
    message = replacement(name, fields)
    message.current_document.exists = False
    return message


def replacement(name: str, fields: Mapping[str, Any]) -> Any:
    """The write after which the document has these fields and no other, whatever there was."""
    message = WRITE()
    message.update.name = name
    _put_all(message.update.fields, fields)
    return message


def update(name: str, changes: Mapping[str, Any], version: object) -> Any:
    """The write that changes these fields of a document of that version; one that is DELETE_FIELD goes."""
    kept = {field: value for field, value in changes.items() if value is not DELETE_FIELD}
    message = replacement(name, kept)
    message.update_mask.SetInParent()  # without a mask, nothing but the changes would be left of the document
    message.update_mask.field_paths.extend(changes)
    _expect(message, version)
    return message


def deletion(name: str, version: object = None) -> Any:
    """The write that removes a document of that version; None: of any, and where there is none."""
    message = WRITE(delete=name)
    if version is not None:
        _expect(message, version)
    return message


def _expect(message: Any, version: Any) -> None:
    moment = message.current_document.update_time
    moment.seconds, moment.nanos = version


def version_of(moment: Any) -> Version:
    """The version that a protobuf timestamp stands for."""
    return moment.seconds, moment.nanos


def put(message: Any, value: Any) -> None:
    """Write a value into a message.

    Raises:
        TypeError: it is of a type that no document of ours has.
    """
    write_into = _BY_TYPE.get(type(value))
    if write_into is None:
        raise TypeError(f"a document cannot hold a {type(value).__name__}: {value!r:.100}")
    write_into(message, value)


def _put_all(messages: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if type(value) is str:  # as most of them are
            messages[name].string_value = value
        else:
            put(messages[name], value)


def _put_text(message: Any, value: str) -> None:
    message.string_value = value


def _put_flag(message: Any, value: bool) -> None:  # noqa: FBT001 - it is the value
    message.boolean_value = value


def _put_integer(message: Any, value: int) -> None:
    message.integer_value = value


def _put_float(message: Any, value: float) -> None:
    message.double_value = value


def _put_nothing(message: Any, _: None) -> None:
    message.null_value = NULL_VALUE


def _put_time(message: Any, value: datetime) -> None:
    since, moment = value - EPOCH, message.timestamp_value
    moment.SetInParent()  # 1970 itself is a time too
    moment.seconds, moment.nanos = since.days * DAY + since.seconds, since.microseconds * 1000


def _put_map(message: Any, value: Mapping[str, Any]) -> None:
    message.map_value.SetInParent()  # an empty one is a value too
    _put_all(message.map_value.fields, value)


def _put_array(message: Any, value: Iterable[Any]) -> None:
    message.array_value.SetInParent()
    add = message.array_value.values.add
    for part in value:
        if type(part) is str:
            add(string_value=part)
        else:
            put(add(), part)


_BY_TYPE: dict[type, Callable[[Any, Any], None]] = {
    type(None): _put_nothing,
    bool: _put_flag,
    int: _put_integer,
    float: _put_float,
    str: _put_text,
    datetime: _put_time,
    dict: _put_map,
    list: _put_array,
    tuple: _put_array,
}


def decoded(messages: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a document's fields; Firestore's own precision of times is 1 µs."""
    return {name: (message := messages[name]).string_value or value(message) for name in messages}


def value(message: Any) -> Any:
    """The value of a message; `decoded` has looked already whether it is a text, as most of them are."""
    kind = message.WhichOneof("value_type") or "null_value"
    found = getattr(message, kind)
    convert = _BY_KIND.get(kind)
    return convert(found) if convert else found


_BY_KIND: dict[str, Callable[[Any], Any]] = {
    "null_value": lambda _: None,
    "timestamp_value": lambda moment: EPOCH + timedelta(0, moment.seconds, moment.nanos // 1000),
    "map_value": lambda message: decoded(message.fields),
    "array_value": lambda message: [part.string_value or value(part) for part in message.values],
}
