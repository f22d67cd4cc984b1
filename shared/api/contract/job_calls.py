"""Calls that make jobs and change them."""

from shared.api.contract.codes import BODY, COUNTED, KEYED, MODEL
from shared.api.contract.examples import COMPLETED, QUEUED, shown
from shared.api.contract.parameters import CALLER, IDEMPOTENCY_KEY, JOB_ID, PREFER
from shared.api.contract.parts import Answer, Body, Call, Json
from shared.api.views import JobView
from shared.domain.job import moved
from shared.domain.request import JobRequest
from shared.domain.uploads import Upload, UploadRequest
from shared.domain.variation import VariationRequest
from shared.use_cases.estimate import Estimate

KEYED_HEADERS = ("Idempotency-Replayed", "Idempotency-Key-Expires")
NEW_HEADERS = ("Location", *KEYED_HEADERS, "Preference-Applied", "Deprecation", "Sunset", "Link")
TAKEN = {
    202: Answer("The job is recorded and will run; follow it at its address.", JobView, shown(QUEUED), NEW_HEADERS),
    200: Answer(
        "It has ended: it was waited for, or the key had named it before.", JobView, shown(COMPLETED), NEW_HEADERS
    ),
}
COMMANDED = (*KEYED, "job_not_found")
_CANCELED = moved(QUEUED, "canceled", QUEUED.created_at)
JOB_BODIES: dict[str, Json] = {
    "the least": {"prompt": "a lighthouse in the fog"},
    "a film's frame": {
        "prompt": "a lighthouse in the fog, 35 mm",
        "job_type": "start_frame",
        "project_id": "film-7",
        "scene_id": "3",
        "shot_id": "12",
        "aspect_ratio": "16:9",
        "labels": {"mood": "quiet"},
    },
    "an image edited": {
        "prompt": "the same lighthouse at night",
        "job_type": "edit",
        "model": "imagen-3.0-capability-001",
        "references": [{"url": "https://pictures.example/lighthouse.png"}],
    },
    "with a webhook": {
        "prompt": "a lighthouse in the fog",
        "webhook": {"url": "https://studio.example/hooks/darkroom", "events": ["job.completed", "job.failed"]},
    },
}

CALLS = {
    "createJob": Call(
        "Jobs",
        "Make images",
        "Records a job and answers at once; the images are made behind it. With an `Idempotency-Key` the call is safe "
        "to repeat: the same request gives the same job, another one 422. With `Prefer: wait` the answer comes once "
        "the job has ended, or when the time is up; where too many wait already, at once.",
        TAKEN,
        (*BODY, "missing_body", *KEYED, *MODEL, *COUNTED, "job_deleted"),
        (IDEMPOTENCY_KEY, PREFER, *CALLER),
        Body(JobRequest, JOB_BODIES),
    ),
    "estimateJob": Call(
        "Jobs",
        "Tell what a job would cost",
        "Takes the body of a job, and stores nothing: the price in micro-USD, the model that would run, and the "
        "prompt that it would be told. It is safe to repeat, and takes no key.",
        {
            200: Answer(
                "What the job would be.",
                Estimate,
                Estimate(
                    model_requested=None,
                    model="imagen-4.0-generate-001",
                    provider="imagen",
                    estimated_micros=40_000,
                    per_image_micros=40_000,
                    images=1,
                    image_size="1K",
                    aspect_ratio="1:1",
                    prompt_used="a lighthouse in the fog",
                    prompt_changed_by=(),
                    notes=(),
                ),
            )
        },
        (*BODY, "missing_body", *KEYED, *MODEL),
        CALLER,
        Body(JobRequest, {"the least": JOB_BODIES["the least"]}),
    ),
    "createVariation": Call(
        "Jobs",
        "Make more like an image",
        "Starts a new job from an image of a job that has completed; what the body leaves out is as in that job. "
        "The body may be left out altogether. It is answered as a new job is.",
        TAKEN,
        (*BODY, *KEYED, *MODEL, *COUNTED, "job_not_found", "job_not_completed", "job_deleted"),
        (JOB_ID, IDEMPOTENCY_KEY, PREFER, *CALLER),
        Body(VariationRequest, {"four more": {"n": 4}, "at night": {"prompt": "at night"}}, required=False),
    ),
    "createUpload": Call(
        "Uploads",
        "Get an address to send a picture to",
        "Answers with one signed request: send the file by that method, to that address, with those headers, before "
        "it expires. Then name the upload in `references` or `mask` of a job. One that no job has used is deleted "
        "after a day. A repeat of the key names the same upload, with a fresh address.",
        {
            201: Answer(
                "Where to send it.",
                Upload,
                {
                    "id": "u2v6nw5cq7ydm2xz4bta5r6eou",
                    "upload_url": "https://storage.googleapis.com/darkroom-images/…",
                    "method": "PUT",
                    "headers": {"Content-Type": "image/png", "x-goog-content-length-range": "1048576,1048576"},
                    "expires_at": "2026-11-21T12:15:00Z",
                },
                KEYED_HEADERS,
            )
        },
        (*BODY, "missing_body", *KEYED),
        (IDEMPOTENCY_KEY, *CALLER),
        Body(UploadRequest, {"a PNG of 1 MiB": {"mime_type": "image/png", "bytes": 1_048_576}}),
    ),
    "cancelJob": Call(
        "Jobs",
        "Cancel a job",
        "A queued job is canceled at once. One that is worked on is asked to stop: what its model was asked for may "
        "still be billed. A canceled job stays as it is.",
        {
            200: Answer("It is canceled.", JobView, shown(_CANCELED), KEYED_HEADERS),
            202: Answer("Its worker is asked to stop.", JobView, None, KEYED_HEADERS),
        },
        (*COMMANDED, "job_finished"),
        (JOB_ID, IDEMPOTENCY_KEY, *CALLER),
    ),
    "retryJob": Call(
        "Jobs",
        "Run a failed job again",
        "The job is queued again, with all its attempts before it, and is paid anew. Repeat the call with its key: "
        "without one, a second call is a second retry.",
        {202: Answer("It is queued again.", JobView, shown(QUEUED), KEYED_HEADERS)},
        (*COMMANDED, *COUNTED, "job_not_failed", "job_is_a_conflict"),
        (JOB_ID, IDEMPOTENCY_KEY, *CALLER),
    ),
    "deleteJob": Call(
        "Jobs",
        "Delete a job and its images",
        "It is hidden at once, and canceled if it has not ended; its images are removed a little later. Its "
        "idempotency key answers 410 for a week. With a storyboard's job, pictures that have not ended are canceled; "
        "those that have are jobs of their own, and stay.",
        {202: Answer("It is hidden, and will be gone.", headers=KEYED_HEADERS)},
        COMMANDED,
        (JOB_ID, IDEMPOTENCY_KEY, *CALLER),
    ),
    "redriveDeadLetter": Call(
        "Dead letters",
        "Run a dead letter again",
        "A job that gave up is queued again, with a fresh count of attempts.",
        {202: Answer("It is queued again.", JobView, shown(QUEUED), KEYED_HEADERS)},
        (*COMMANDED, *COUNTED, "not_a_dead_letter"),
        (JOB_ID, IDEMPOTENCY_KEY, *CALLER),
    ),
}
