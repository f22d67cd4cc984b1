"""A new document as Firestore's own protobuf message, at once.

Google's client makes an object of its own of each value before it makes the message, which is the most of what a create
costs; here the message is made straight away, and their batch sends it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from google.cloud.firestore_v1.async_batch import AsyncWriteBatch
from google.cloud.firestore_v1.types import common, document, write
from google.protobuf.struct_pb2 import NULL_VALUE
from google.protobuf.timestamp_pb2 import Timestamp

_VALUE, _MAP, _ARRAY = document.Value.pb(), document.MapValue.pb(), document.ArrayValue.pb()
_DOCUMENT, _WRITE, _CONDITION = document.Document.pb(), write.Write.pb(), common.Precondition.pb()


class Creation(AsyncWriteBatch):  # type: ignore[misc] # its package is not followed
    """A batch that also takes documents as they are sent."""

    def add(self, reference: Any, fields: dict[str, Any]) -> None:
        """Create the document of these fields, where there is none."""
        path = reference._document_path  # noqa: SLF001 - as Google's own batches name it
        content = _DOCUMENT(name=path, fields=_encoded(fields))
        self._add_write_pbs([_WRITE(update=content, current_document=_CONDITION(exists=False))])


def _encoded(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: encoded(value) for name, value in fields.items()}


def encoded(value: Any) -> Any:
    """The message of one value.

    Raises:
        TypeError: it is of a type that no document of ours has.
    """
    encode = _BY_TYPE.get(type(value))
    if encode is None:
        raise TypeError(f"a document cannot hold a {type(value).__name__}: {value!r:.100}")
    return encode(value)


def _array(values: Iterable[Any]) -> Any:
    return _VALUE(array_value=_ARRAY(values=map(encoded, values)))


def _time(value: datetime) -> Any:
    moment = Timestamp()
    moment.FromDatetime(value)
    return _VALUE(timestamp_value=moment)


_BY_TYPE: dict[type, Callable[[Any], Any]] = {
    type(None): lambda _: _VALUE(null_value=NULL_VALUE),
    bool: lambda value: _VALUE(boolean_value=value),
    int: lambda value: _VALUE(integer_value=value),
    float: lambda value: _VALUE(double_value=value),
    str: lambda value: _VALUE(string_value=value),
    datetime: _time,
    dict: lambda value: _VALUE(map_value=_MAP(fields=_encoded(value))),
    list: _array,
    tuple: _array,
}
