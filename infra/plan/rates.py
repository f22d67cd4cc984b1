"""infra/cloud/rates.yaml, typed."""

from pathlib import Path

import msgspec

FILE = Path(__file__).resolve().parent.parent / "cloud" / "rates.yaml"


class Counts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one thing that happens makes the cloud do."""

    firestore_writes: int = 0
    firestore_reads: int = 0
    document_writes: int = 0  # of the job's own document
    firestore_deletes: int = 0
    messages: int = 0
    object_writes: int = 0
    object_lists: int = 0
    image_bytes: int = 0
    document_bytes: int = 0
    log_bytes: int = 0
    runs_per_day: int = 0


class Function(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An instance of a function, and the seconds that it has of its own with one request."""

    vcpu: float
    gib: float
    concurrency: int
    seconds: float


class Metrics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the metrics of the logs bring to be kept: points, of `bytes` each."""

    points: int
    series: int
    bytes: int


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the bill: `usd` dollars for `per` of a quantity."""

    item: str
    quantity: str
    usd: float
    per: int


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a load of the peak meets its end, and what to do then."""

    what: str
    load: str
    limit: float
    then: str


class Rates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table."""

    job: Counts
    webhook: Counts
    poll: Counts
    expiry: Counts
    sweep: Counts
    metrics: Metrics
    model_seconds: float
    delivery_seconds: float
    functions: dict[str, Function]
    busy_share: float
    bill: list[Line]
    limits: list[Limit]


def load() -> Rates:
    """The table that is in the repository."""
    return msgspec.yaml.decode(FILE.read_bytes(), type=Rates)
