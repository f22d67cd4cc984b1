"""The limits that are kept, in the words of the README, with the numbers of the code."""

from infra.local import rpc
from infra.local.firestore import database, limits, transactions, write_calls
from infra.local.pubsub import filters, messages, pull, receipts
from infra.local.storage import copies, listing, resumable, signing

_HOUR, _DAY = 3600, 86_400  # seconds


def _n(number: int) -> str:
    return f"{number:,}"


def _seconds(micros: float) -> str:
    return f"{micros / 1_000_000:g} s"


GRPC = (f"{rpc.MAX_STREAMS} streams of a connection at once, as at Google's front end: further calls wait.",)
FIRESTORE = (
    f"{_n(limits.MAX_DOCUMENT)} bytes a document, {_n(limits.MAX_REQUEST)} a commit, {_n(limits.MAX_VALUE)} a value.",
    f"{limits.MAX_DEPTH} levels of maps and arrays; {_n(limits.MAX_FIELD_NAME)} bytes of a field's name.",
    f"{_n(limits.MAX_SEGMENT)} bytes of an id, {_n(limits.MAX_NAME)} of a document's name.",
    f"{limits.MAX_TRANSFORMS} transforms of a write; {write_calls.MAX_BATCH} writes of a BatchWrite.",
    f"A transaction ends after {_seconds(transactions.IDLE)} of silence, and {_seconds(transactions.LONGEST)} in all.",
    (
        f"Reads go back {database.PAST // 1_000_000 // _HOUR} hour, as far as {database.MAX_PAST // 2**20} MiB of old "
        "versions reach, and not past the last start."
    ),
)
PUBSUB = (
    f"{_n(messages.MAX_MESSAGES)} messages and {_n(messages.MAX_BYTES)} bytes of a Publish.",
    (
        f"{messages.MAX_ATTRIBUTES} attributes, their keys of {messages.MAX_KEY} and their values of "
        f"{_n(messages.MAX_VALUE)} bytes; {_n(messages.MAX_ORDERING_KEY)} bytes of an ordering key."
    ),
    f"{filters.MAX_FILTER} bytes of a filter; {_n(receipts.MAX_REQUEST)} bytes of an Acknowledge.",
    f"{_n(pull.MAX_PULL)} messages and {_n(pull.MAX_PULL_BYTES)} bytes of a pull's answer.",
)
STORAGE = (
    f"{copies.MOST_SOURCES} sources of a compose; {_n(listing.MOST)} entries of a page.",
    (
        f"Chunks of a resumable upload are multiples of {_n(resumable.QUANTUM)} bytes, but for the last; an upload is "
        f"forgotten after {resumable.LIFE // 1_000_000 // _DAY} days."
    ),
    f"A signed URL is good for {signing.LONGEST // _DAY} days at most.",
)
