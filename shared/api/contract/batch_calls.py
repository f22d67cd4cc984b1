"""Calls about batches."""

from shared.api.batch_view import BatchPage, BatchView, batch_view, summary
from shared.api.contract.codes import BODY, COUNTED, KEYED, MODEL, PAGED
from shared.api.contract.examples import AT, BASE
from shared.api.contract.parameters import BATCH_ID, CALLER, FLAG, IDEMPOTENCY_KEY, JOB_ID_EXAMPLE, PAGES
from shared.api.contract.parts import Answer, Body, Call, Json, Parameter
from shared.api.headers import LINES
from shared.domain.batch import BatchRequest
from shared.domain.parent import Parent
from shared.use_cases.read_batch import BatchLine, just_queued

_QUEUED = Parent(
    id=JOB_ID_EXAMPLE,
    kind="batch",
    tenant="acme",
    nonce="",
    fingerprint="",
    idempotency_key="film-7/scene-3",
    labels={"film": "7"},
    children=2,
    status="queued",
    write_id="",
    estimated_micros=80_000,
    created_at=AT,
    queued_at=AT,
    updated_at=AT,
)
_BATCH = batch_view(just_queued(_QUEUED), BASE)
_PARTIAL = Parameter("partial", "query", FLAG, "As `partial` of the object; for JSON Lines, which have no room for it.")
_KEYED_HEADERS = ("Idempotency-Replayed", "Idempotency-Key-Expires")
_NEW_HEADERS = ("Location", *_KEYED_HEADERS)
_BODIES: dict[str, Json] = {
    "two pictures": {"items": [{"prompt": "a lighthouse in the fog"}, {"prompt": "the same lighthouse at noon"}]},
    "with what they share": {
        "defaults": {"project_id": "film-7", "scene_id": "3", "aspect_ratio": "16:9"},
        "items": [{"prompt": "wide shot", "shot_id": "1"}, {"prompt": "close-up", "shot_id": "2"}],
        "partial": True,
        "labels": {"film": "7"},
    },
}
_COMMANDED = (*KEYED, "batch_not_found")

CALLS = {
    "createBatch": Call(
        "Batches",
        "Make many images",
        "Records up to 1,000 jobs, all of them or none, and answers at once. Each item is the body of a job; what is "
        "wrong is pointed at, such as `/items/17/prompt`, and nothing is started unless every item is valid, or "
        "`partial` is true: then the valid ones run, and `errors` has the others. The jobs are in the lane `batch`, "
        "where they do not say otherwise. JSON Lines, an item a line, are taken too. A body may have 16 MiB.",
        {
            202: Answer("The batch is recorded and will run.", BatchView, _BATCH, _NEW_HEADERS),
            200: Answer("The key had named this batch before, and it has ended.", BatchView, _BATCH, _NEW_HEADERS),
        },
        (*BODY, "missing_body", *KEYED, *MODEL, *COUNTED),
        (IDEMPOTENCY_KEY, _PARTIAL, *CALLER),
        Body(BatchRequest, _BODIES, lines=LINES),
    ),
    "listBatches": Call(
        "Batches",
        "List batches",
        "A page of them, the newest first. `counts` are told of those that go on; GET /v1/batches/{batch_id} has all "
        "of one. A page may have fewer than `page_size`, and still have a next one.",
        {
            200: Answer(
                "A page.",
                BatchPage,
                BatchPage(batches=(summary(BatchLine(_QUEUED, just_queued(_QUEUED)), BASE),), next_page_token=None),
            )
        },
        (*PAGED, "unknown_filter"),
        PAGES,
    ),
    "getBatch": Call(
        "Batches",
        "Look at a batch",
        "How many of its jobs are where, and what those that have ended spent. GET /v1/jobs?parent_id= lists the jobs, "
        "in the order of their items.",
        {200: Answer("The batch as it is now.", BatchView, _BATCH)},
        ("batch_not_found",),
        (BATCH_ID,),
    ),
    "cancelBatch": Call(
        "Batches",
        "Cancel what has not ended",
        "Each job of the batch that has not ended is canceled: of a large batch the last within some seconds.",
        {
            200: Answer("It has ended.", BatchView, _BATCH, _KEYED_HEADERS),
            202: Answer("Its jobs are being canceled.", BatchView, _BATCH, _KEYED_HEADERS),
        },
        (*_COMMANDED, "batch_finished"),
        (BATCH_ID, IDEMPOTENCY_KEY),
    ),
    "retryBatch": Call(
        "Batches",
        "Run the failed jobs again",
        "Of a batch that has ended, each job that failed is queued again; what completed stays. A job that would "
        "exceed a limit or a budget stays failed.",
        {
            202: Answer("Its failed jobs are being queued.", BatchView, _BATCH, _KEYED_HEADERS),
            200: Answer("It has ended: none of them could be queued.", BatchView, _BATCH, _KEYED_HEADERS),
        },
        (*_COMMANDED, "batch_not_failed"),
        (BATCH_ID, IDEMPOTENCY_KEY),
    ),
}
