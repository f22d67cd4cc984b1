"""Values as bytes that sort as Firestore sorts values, whatever their types.

Every encoding is prefix-free and starts with the tag of its type, so encodings can be joined into the key of
an index, turned around for a descending field, and bounded from above by the joined key and `LAST`.

Order: null < false < true < NaN < numbers < timestamp < string < bytes < reference < geo point < array <
vector < map (https://firebase.google.com/docs/firestore/manage-data/data-types).
"""

import math
import re
import struct
from collections.abc import Callable, Iterable
from typing import Any

NULL, BOOLEAN, NAN, NUMBER, TIMESTAMP, STRING, BYTES, REFERENCE, GEO_POINT, ARRAY, VECTOR, MAP = range(0x10, 0xD0, 0x10)
LAST = b"\xff"  # no component of a key begins with it: what follows every continuation of a key
NULL_KEY = bytes([NULL])
NAN_KEY = bytes([NAN])

_TURN = bytes(255 - i for i in range(256))
_SIGN = 1 << 63
_NUMERIC_ID = re.compile(r"__id(-?\d+)__\Z")
_INT64 = struct.Struct(">Q")
_DOUBLE = struct.Struct(">d")


def turned(key: bytes) -> bytes:
    """The key whose order is the opposite."""
    return key.translate(_TURN)


def encode(value: Any) -> bytes:
    """The sort key of a protobuf `Value`; an unset value is null."""
    kind = value.WhichOneof("value_type")
    encoder = _ENCODERS.get(kind)
    return encoder(value) if encoder else NULL_KEY


def is_vector(value: Any) -> bool:
    """Whether a map value is a vector, in the form the clients send it."""
    fields = value.map_value.fields
    return "__type__" in fields and fields["__type__"].string_value == "__vector__"


def encode_path(segments: Iterable[str]) -> bytes:
    """The sort key of the segments of a path: numeric ids `__id7__` first, by number, then the others as strings."""
    parts = [bytes([REFERENCE])]
    for segment in segments:
        if numeric := _NUMERIC_ID.match(segment):
            parts.append(b"\x01" + _INT64.pack((int(numeric[1]) + _SIGN) & (2 * _SIGN - 1)))
        else:
            parts.append(b"\x02" + _text(segment.encode()))
    parts.append(b"\x00")
    return b"".join(parts)


def decode_path(key: bytes) -> list[str]:
    """The segments that `encode_path` was given."""
    segments, at = [], 1
    while key[at] != 0:
        if key[at] == 1:
            number = _INT64.unpack_from(key, at + 1)[0] - _SIGN
            segments.append(f"__id{number}__")
            at += 9
        else:
            end = key.index(b"\x00\x01", at)
            segments.append(key[at + 1 : end].replace(b"\x00\xff", b"\x00").decode())
            at = end + 2
    return segments


def _text(raw: bytes) -> bytes:
    return raw.replace(b"\x00", b"\x00\xff") + b"\x00\x01"


def _double(number: float) -> bytes:
    bits = _INT64.unpack(_DOUBLE.pack(number + 0.0))[0]  # + 0.0 makes -0.0 the same as 0.0
    return _INT64.pack(bits ^ (2 * _SIGN - 1) if bits & _SIGN else bits | _SIGN)


def encode_double(number: float) -> bytes:
    """The sort key of a double; equal to that of the integer it may be."""
    return NAN_KEY if math.isnan(number) else bytes([NUMBER]) + _double(number) + b"\x00\x00"


def encode_integer(number: int) -> bytes:
    """The sort key of an integer: the double at or below it, and what is left, since doubles are sparse above 2^53."""
    below = float(number)
    if int(below) > number:
        below = math.nextafter(below, -math.inf)
    return bytes([NUMBER]) + _double(below) + (number - int(below)).to_bytes(2, "big")


def _timestamp(value: Any) -> bytes:
    moment = value.timestamp_value
    return bytes([TIMESTAMP]) + _INT64.pack(moment.seconds + _SIGN) + int(moment.nanos).to_bytes(4, "big")


def _geo_point(value: Any) -> bytes:
    point = value.geo_point_value
    return bytes([GEO_POINT]) + _double(point.latitude) + _double(point.longitude)


def _array(value: Any) -> bytes:
    return bytes([ARRAY]) + b"".join(map(encode, value.array_value.values)) + b"\x00"


def _map(value: Any) -> bytes:
    fields = value.map_value.fields
    if is_vector(value):
        values = fields["value"].array_value.values
        return bytes([VECTOR]) + len(values).to_bytes(4, "big") + b"".join(map(encode, values))
    entries = sorted((name.encode(), name) for name in fields)
    return bytes([MAP]) + b"".join(b"\x01" + _text(raw) + encode(fields[name]) for raw, name in entries) + b"\x00"


_ENCODERS: dict[str | None, Callable[[Any], bytes]] = {
    "boolean_value": lambda value: bytes([BOOLEAN, value.boolean_value]),
    "integer_value": lambda value: encode_integer(value.integer_value),
    "double_value": lambda value: encode_double(value.double_value),
    "timestamp_value": _timestamp,
    "string_value": lambda value: bytes([STRING]) + _text(value.string_value.encode()),
    "bytes_value": lambda value: bytes([BYTES]) + _text(value.bytes_value),
    "reference_value": lambda value: encode_path(value.reference_value.split("/")),
    "geo_point_value": _geo_point,
    "array_value": _array,
    "map_value": _map,
}
