"""Calls of OpenAI's images API, as its clients know them."""

from typing import Annotated

from msgspec import Meta

from shared.api.contract.codes import COUNTED
from shared.api.contract.parameters import CALLER, IDEMPOTENCY_KEY
from shared.api.contract.parts import Answer, Body, Call, Parameter, Words
from shared.api.dialects.openai import ImageAnswer, ImagesAnswer, ImagesRequest, OpenAIError, said

WORDS = Words(OpenAIError, said)
File = Annotated[str, Meta(description="a PNG, JPEG or WebP of at most 20 MB", extra_json_schema={"format": "binary"})]
RETRIES = Parameter(
    "x-stainless-retry-count",
    "header",
    str,
    "How often the client has repeated the call by itself. Without an Idempotency-Key, one that was repeated is "
    "answered from the job of the last equal call of the same key, within the deadline.",
    "1",
)
PROBLEMS = (
    "invalid_request", "invalid_idempotency_key", "idempotency_key_reused", "invalid_header", "body_too_large",
    "unknown_model", "unsupported_by_model", "model_retired", *COUNTED, "too_many_waiters", "job_deleted",
    "job_not_found", "image_gone", "image_too_large",
)  # fmt: skip
ABOUT = (
    " It is answered once the images are there, at the latest after `OPENAI_DEADLINE_SECONDS`. Models of OpenAI's are "
    "taken for ours; each of ours may be named, too. `x-request-id` is the job's id. A refusal by a safety filter is "
    "400 `content_policy_violation` or, of a model called gpt-image, `moderation_blocked`."
)
MADE = {
    200: Answer(
        "The images; fewer than were asked for where some were refused.",
        ImagesAnswer,
        ImagesAnswer(
            created=1_795_262_405,
            data=(ImageAnswer(url="https://storage.googleapis.com/darkroom-images/tenants/film/…"),),
            output_format="png",
            size="1024x1024",
        ),
        ("x-request-id", "Idempotency-Replayed", "Idempotency-Key-Expires"),
    )
}
PARAMETERS = (IDEMPOTENCY_KEY, RETRIES, *CALLER)


class ImageEdit(ImagesRequest, frozen=True, kw_only=True):
    """The form of POST /v1/images/edits; what else is in it does not matter."""

    image: File | Annotated[tuple[File, ...], Meta(min_length=1, max_length=14)]
    mask: File | None = None


CALLS = {
    "generateImages": Call(
        "OpenAI's images",
        "Make images",
        "Makes images of a prompt." + ABOUT,
        MADE,
        ("malformed_json", *PROBLEMS),
        PARAMETERS,
        Body(
            ImagesRequest,
            {
                "the least": {"prompt": "a lighthouse in the fog"},
                "three of a size": {
                    "prompt": "a lighthouse in the fog",
                    "model": "gpt-image-2",
                    "n": 3,
                    "size": "1536x1024",
                    "quality": "high",
                    "output_format": "webp",
                    "output_compression": 80,
                },
            },
        ),
        WORDS,
    ),
    "editImages": Call(
        "OpenAI's images",
        "Change an image",
        "Makes images of a prompt and pictures. Where the mask, a PNG of the first picture's size, is fully "
        "transparent, that one is painted anew, and nowhere else." + ABOUT,
        MADE,
        ("malformed_form", "unsupported_media_type", *PROBLEMS),
        PARAMETERS,
        Body(
            ImageEdit,
            {"a mask": {"prompt": "a red door", "image": ["(a file)"], "mask": "(a file)"}},
            media_type="multipart/form-data",
        ),
        WORDS,
    ),
}
