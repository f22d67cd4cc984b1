"""Calls of the music-video endpoints, as their clients know them."""

from typing import Annotated

from msgspec import Meta

from shared.api.contract.codes import COUNTED, KEYED
from shared.api.contract.examples import BASE
from shared.api.contract.parameters import CALLER, FLAG, IDEMPOTENCY_KEY, JOB_ID_EXAMPLE
from shared.api.contract.parts import Answer, Body, Call, Parameter
from shared.api.dialects.mv import CharacterIdea, MvAccepted, MvImage, MvImages, MvScenes, SceneIdea
from shared.api.read_storyboards import SceneText

_WAIT = Parameter(
    "wait", "query", Annotated[int, Meta(ge=0, le=60)], "Answer when it has ended, at the latest after so many seconds."
)
_BASE64 = Parameter("base64", "query", FLAG, "With `wait`: lead to the first image's bytes, as base64.")
_HEADERS = ("Location", "Idempotency-Replayed", "Idempotency-Key-Expires")
_PROBLEMS = ("invalid_request", "malformed_json", "body_too_large", *KEYED, *COUNTED, "job_deleted")
_SCENE = SceneText(description="A fox between the last trees, dawn.", negative_description="people")
_IMAGE = MvImage(url=f"{BASE}/v1/jobs/{JOB_ID_EXAMPLE}/images/0", mime_type="image/png", width=1024, height=1024)

CALLS = {
    "createScenes": Call(
        "Music video",
        "Have scenes written",
        "Makes a storyboard without pictures: its id is `job_id`. What is left out has its default.",
        {
            202: Answer(
                "It is recorded and will run.",
                MvAccepted,
                MvAccepted(job_id=JOB_ID_EXAMPLE, status="queued", status_url=f"/v1/storyboards/{JOB_ID_EXAMPLE}"),
                _HEADERS,
            ),
            200: Answer(
                "The scenes that were waited for.", MvScenes, MvScenes(scenes=(_SCENE,), job_id=JOB_ID_EXAMPLE)
            ),
        },
        _PROBLEMS,
        (_WAIT, IDEMPOTENCY_KEY, *CALLER),
        Body(SceneIdea, {"the least": {"idea": "a fox leaves the forest and sees the sea"}}),
    ),
    "generateCharacterReference": Call(
        "Music video",
        "Have a character's portraits painted",
        "Makes a job of type `character_reference`, by Imagen 4 on Replicate where this deployment has a token for it, "
        "else by its usual model. What the model does not know has no effect.",
        {
            202: Answer(
                "It is recorded and will run.",
                MvAccepted,
                MvAccepted(job_id=JOB_ID_EXAMPLE, status="queued", status_url=f"/v1/jobs/{JOB_ID_EXAMPLE}"),
                _HEADERS,
            ),
            200: Answer(
                "The portraits that were waited for.", MvImages, MvImages(images=(_IMAGE,), job_id=JOB_ID_EXAMPLE)
            ),
            303: Answer("With `base64`: the first image's bytes are there.", None, None, ("Location",)),
        },
        (*_PROBLEMS, "unknown_model", "unsupported_by_model", "model_retired"),
        (_WAIT, _BASE64, IDEMPOTENCY_KEY, *CALLER),
        Body(CharacterIdea, {"the least": {"character_description": "an old sailor with a red beard"}}),
    ),
}
