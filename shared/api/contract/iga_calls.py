"""Calls of the task contract, as its clients know them."""

from typing import Annotated

from msgspec import Meta

from shared.api.contract.codes import COUNTED
from shared.api.contract.examples import COMPLETED, QUEUED
from shared.api.contract.parameters import JOB_ID_EXAMPLE, WORKFLOW_ID
from shared.api.contract.parts import Answer, Body, Call, Parameter, Words
from shared.api.dialects.iga import IgaError, ImageTask, TaskAccepted, TaskView, said, task_of

WORDS = Words(IgaError, said)
KEY = Parameter(
    "X-Idempotency-Key",
    "header",
    Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[!-~]+$")],
    "Needed. The same key and the same body are one task, made once; another body under it is a task that ends with "
    "a conflict.",
    "order-17",
)
CALLS = {
    "generateImageTask": Call(
        "Task contract",
        "Ask for an image",
        "Takes a task, which is a job in other words: its id is the job's, in the rest of the API too. A task that "
        "failed for something that another try may mend is tried again under its key.",
        {
            202: Answer(
                "The task, which the key may have named before.",
                TaskAccepted,
                TaskAccepted(
                    task_id=JOB_ID_EXAMPLE,
                    status_url=f"/v1/tasks/{JOB_ID_EXAMPLE}",
                    idempotency_key_processed="order-17",
                ),
                ("Idempotency-Replayed", "Idempotency-Key-Expires", "Deprecation", "Sunset", "Link"),
            )
        },
        (
            "invalid_request", "malformed_json", "prompt_missing", "missing_idempotency_key", "invalid_idempotency_key",
            "invalid_header", "body_too_large", "unknown_model", "unsupported_by_model", "model_retired", *COUNTED,
            "job_deleted",
        ),
        (KEY, WORKFLOW_ID),
        Body(
            ImageTask,
            {
                "the least": {"prompt": "a lighthouse in the fog"},
                "all of it": {
                    "prompt": "a lighthouse in the fog",
                    "aspect_ratio": "16:9",
                    "add_watermark": False,
                    "model_id_override": "imagegeneration@006",
                },
            },
        ),
        WORDS,
    ),
    "getTask": Call(
        "Task contract",
        "Look at a task",
        "How it stands, and how it has ended. Any job of the same tenant can be read so.",
        {
            200: Answer("It has ended.", TaskView, task_of(COMPLETED)),
            202: Answer("It has not ended.", TaskView, task_of(QUEUED)),
        },
        ("job_not_found",),
        (Parameter("task_id", "path", Annotated[str, Meta(min_length=1)], "The task's id.", JOB_ID_EXAMPLE),),
        words=WORDS,
    ),
}  # fmt: skip
