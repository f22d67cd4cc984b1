"""What the cost part counts in a trace."""

from typing import Any

import pytest

from infra.local.trace import MAX_TEXT
from tests.bench.parts.cost import Count, count

ROOT = "projects/p/databases/(default)/documents"


def call(method: str, about: str = "", service: str = "firestore", size: int = 100) -> dict[str, Any]:
    """One line of a trace."""
    return {"service": service, "method": method, "about": about, "size": size}


def test_reads_writes_and_messages_are_counted_as_they_are_billed() -> None:
    """By document, not by call; a delivery is no call of ours; the model's and the minute's calls are left out."""
    made = [
        call("Commit", f'writes {{ update {{ name: "{ROOT}/jobs/a" }} }} writes {{ delete: "{ROOT}/renders/b" }}'),
        call("BatchGetDocuments", f'database: "x" documents: "{ROOT}/jobs/a" documents: "{ROOT}/jobs/b"'),
        call("GetDocument", f'name: "{ROOT}/renders/b"'),
        call("GetDocument", f'name: "{ROOT}/tenants/local"'),
        call("RunQuery", 'from_ { collection_id: "jobs" }'),
        call("RunQuery", 'from_ { collection_id: "controls" }'),
        call("Publish", service="pubsub"),
        call("Deliver", service="pubsub"),
        call("objects.insert", service="storage", size=1_000),
        call("Predict", service="vertex"),
    ]
    counted = count(made)
    assert counted == Count(rpcs=6, reads=4, writes=1, deletes=1, messages=2, deliveries=1, objects=1, sent=1_600)
    # 1 write $0.9, 4 reads $1.2, 1 delete $0.1, 2 kB $0.0728, an object $5, 2 requests $0.8: of a million
    assert counted.dollars(2) == pytest.approx(8.0728, abs=1e-3)


def test_a_commit_that_the_trace_cut_off_is_not_counted_wrongly() -> None:
    """It is said instead."""
    with pytest.raises(RuntimeError, match="longer than"):
        count([call("Commit", "x" * MAX_TEXT)])
