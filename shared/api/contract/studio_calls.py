"""Calls of the studio contract, as its clients know them."""

from typing import Annotated

from msgspec import Meta

from shared.api.contract.codes import COUNTED, KEYED, MODEL
from shared.api.contract.examples import COMPLETED
from shared.api.contract.parameters import CALLER, IDEMPOTENCY_KEY, IF_NONE_MATCH, JOB_ID, JOB_ID_EXAMPLE
from shared.api.contract.parts import Answer, Body, Call, Parameter, Words
from shared.api.dialects.studio import StudioAccepted, StudioJobView, StudioRefusal, StudioRequest, job_of, said

WORDS = Words(StudioRefusal, said)
_TAG = "Studio contract"
_LINK = "https://storage.googleapis.com/darkroom-images/project_film-7/…?X-Goog-Signature=…"
_ASSET = {"projectId": "film-7", "jobType": "master_asset", "prompt": "a lighthouse in the fog, 35 mm"}
CALLS = {
    "generateStudioImage": Call(
        _TAG,
        "Ask for an image",
        "Takes a job and answers at once. The picture will have exactly width × height pixels: it is scaled and "
        "cropped, and the model's own is kept beside it. The same key is the same job. An `inpaint` starts from a "
        "picture, and paints where its mask, if there is one, is white.",
        {
            202: Answer(
                "The job, which the key may have named before, and its status.",
                StudioAccepted,
                StudioAccepted(job_id=JOB_ID_EXAMPLE, status="queued"),
                ("Idempotency-Replayed", "Idempotency-Key-Expires"),
            )
        },
        ("invalid_request", "malformed_json", "body_too_large", *KEYED, *MODEL, *COUNTED, "job_deleted"),
        (IDEMPOTENCY_KEY, *CALLER),
        Body(
            StudioRequest,
            {
                "a master asset": _ASSET,
                "a frame": {
                    **_ASSET, "branchId": "main", "sceneId": "3", "shotId": "12", "jobType": "start_frame",
                    "width": 1920, "height": 1080, "idempotencyKey": "take-1", "visualStyleCapsuleId": "noir",
                },
                "an inpaint": {
                    **_ASSET, "jobType": "inpaint", "imageUrl": "https://studio.example/frame.png",
                    "maskUrl": "https://studio.example/mask.png",
                },
            },
        ),
        WORDS,
    ),
    "getStudioJob": Call(
        _TAG,
        "Look at a job",
        "How it stands, what it costs, and, once it has completed, a link to its picture that needs no key. Any job "
        "of the same tenant can be read so; a canceled one has failed.",
        {200: Answer("The job.", StudioJobView, job_of(COMPLETED, _LINK, 100))},
        ("job_not_found",),
        (JOB_ID,),
        words=WORDS,
    ),
    "openPublicImage": Call(
        _TAG,
        "Open an image",
        "What `publicUrl` is where the deployment's links are permanent: it works until the job is deleted.",
        {302: Answer("Follow it.", headers=("Location",))},
        ("image_not_found",),
        (
            JOB_ID,
            Parameter("index", "path", Annotated[int, Meta(ge=0, le=9)], "Which image, from 0.", 0),
            Parameter("capability", "path", str, "Made for this image."),
        ),
        words=WORDS,
    ),
    "getStudioClient": Call(
        _TAG,
        "Get the JavaScript client",
        "One ES module, for browsers and Node: `createImageService`. It needs no key.",
        {
            200: Answer("The module.", {"type": "string"}, headers=("ETag",), media_type="text/javascript"),
            304: Answer("It has not changed.", headers=("ETag",)),
        },
        (),
        (IF_NONE_MATCH,),
        words=WORDS,
    ),
}  # fmt: skip
