"""Calls about storyboards."""

from typing import Annotated

import msgspec
from msgspec import Meta

from shared.api.contract.codes import BODY, COUNTED, KEYED, MODEL, PAGED
from shared.api.contract.examples import BASE, QUEUED
from shared.api.contract.parameters import (
    CALLER,
    IDEMPOTENCY_KEY,
    JOB_ID_EXAMPLE,
    LAST_EVENT_ID,
    PAGES,
    PREFER,
)
from shared.api.contract.parts import Answer, Body, Call, Parameter, events_of
from shared.api.job_view import view
from shared.api.read_storyboards import SceneFile, SceneText
from shared.api.storyboard_view import StoryboardPage, StoryboardView, board_view, summary
from shared.api.views import JobView
from shared.domain.job import Wording
from shared.domain.storyboard import Board, Render, Scene, SceneChange, StoryboardRequest
from shared.use_cases.read_storyboard import BoardState

_REQUEST = StoryboardRequest(
    prompt="a fox leaves the forest and sees the sea", scene_count=2, render=Render(), project_id="film-7"
)
_JOB = msgspec.structs.replace(
    QUEUED,
    job_type="storyboard",
    scene_id=None,
    prompt=_REQUEST.prompt or "",
    n=0,
    model="gemini-2.5-flash",
    provider="gemini",
    wording=Wording(prompt="Write 2 scenes…", changed_by=("template:storyboard",)),
    estimated_micros=2_100,
    board=Board(request=_REQUEST, first_version=JOB_ID_EXAMPLE),
)
_STATE = BoardState(_JOB)
_BOARD = board_view(_STATE, BASE)
_SCENES = (Scene(prompt="A fox between the last trees, dawn.", negative_prompt="people"),)
_FILE = SceneFile(scenes=tuple(SceneText(description=s.prompt, negative_description="people") for s in _SCENES))
_ID = Parameter("board_id", "path", Annotated[str, Meta(min_length=1)], "The storyboard's id.", JOB_ID_EXAMPLE)
_INDEX = Parameter("index", "path", Annotated[int, Meta(ge=0, le=9999)], "Which of its scenes, from 0.", 0)
_FILTERS = tuple(
    Parameter(name, "query", Annotated[str, Meta(min_length=1, max_length=500)], about, example)
    for name, about, example in (
        ("project_id", "Of this project.", "film-7"),
        ("q", "With these words in what they are about.", "fox sea"),
        ("version_of", "The versions of this storyboard, and itself; with no other filter.", JOB_ID_EXAMPLE),
    )
)
_KEYED_HEADERS = ("Idempotency-Replayed", "Idempotency-Key-Expires")
_NEW_HEADERS = ("Location", *_KEYED_HEADERS)
_COMMANDED = (*KEYED, "storyboard_not_found")

CALLS = {
    "createStoryboard": Call(
        "Storyboards",
        "Make a video's scenes",
        "Of a `prompt` a model writes so many scenes; scenes that are given ask no model. With `render`, each is "
        "a job of its own that paints it; one that fails or is refused leaves the others whole, and a placeholder "
        "stands in only where `allow_placeholder` says so. A storyboard is a job itself, of type `storyboard`: its id "
        "is the job's. With `version_of` it is the next version of another.",
        {
            202: Answer("It is recorded and will run.", StoryboardView, _BOARD, _NEW_HEADERS),
            200: Answer("The key had named it before, and it has ended.", StoryboardView, None, _NEW_HEADERS),
        },
        (*BODY, "missing_body", *KEYED, *MODEL, *COUNTED, "job_deleted"),
        (IDEMPOTENCY_KEY, *CALLER),
        Body(
            StoryboardRequest,
            {
                "written and painted": {
                    "prompt": "a fox leaves the forest and sees the sea",
                    "scene_count": 5,
                    "project_id": "film-7",
                    "render": {"width": 1920, "height": 1080, "fit": "cover"},
                },
                "given scenes": {
                    "scenes": [{"prompt": "A fox between the last trees, dawn."}, {"prompt": "The sea.", "seed": 7}],
                    "render": {"model": "fast"},
                },
            },
        ),
    ),
    "getStoryboard": Call(
        "Storyboards",
        "Look at a storyboard",
        "Its scenes, the picture of each, and what all of it costs.",
        {200: Answer("The storyboard as it is now.", StoryboardView, _BOARD)},
        ("storyboard_not_found",),
        (_ID,),
    ),
    "listStoryboards": Call(
        "Storyboards",
        "Find storyboards",
        "A page of them, the newest first.",
        {
            200: Answer(
                "The page.", StoryboardPage, StoryboardPage(storyboards=(summary(_STATE, BASE),), next_page_token=None)
            )
        },
        (*PAGED, "unknown_filter", "invalid_filter", "unsupported_filters", "storyboard_not_found"),
        (*_FILTERS, *PAGES),
    ),
    "followStoryboard": Call(
        "Storyboards",
        "Follow a storyboard",
        "Server-sent events: the storyboard as it is, then after each change of it or of one of its pictures, until "
        "its end. Each is `event: storyboard`, with all of it as `data`.",
        {
            200: Answer("The stream.", events_of("storyboard", "Storyboard"), media_type="text/event-stream"),
            204: Answer("It has ended, and the client knows."),
        },
        ("storyboard_not_found", "invalid_header", "too_many_waiters"),
        (_ID, LAST_EVENT_ID),
    ),
    "getScenes": Call(
        "Storyboards",
        "Download its scenes",
        "As JSON, in the older service's words.",
        {200: Answer("The file.", SceneFile, _FILE)},
        ("storyboard_not_found", "scene_not_found"),
        (_ID,),
    ),
    "getScenesAsText": Call(
        "Storyboards",
        "Download its scenes to read",
        "As Markdown.",
        {200: Answer("The file.", str, "# Scenes", media_type="text/markdown")},
        ("storyboard_not_found", "scene_not_found"),
        (_ID,),
    ),
    "cancelStoryboard": Call(
        "Storyboards",
        "Cancel what has not ended",
        "The writing, or each of its pictures that has not ended.",
        {
            200: Answer("It has ended.", StoryboardView, None, _KEYED_HEADERS),
            202: Answer("It is asked to stop.", StoryboardView, _BOARD, _KEYED_HEADERS),
        },
        (*_COMMANDED, "job_finished", "batch_finished"),
        (_ID, IDEMPOTENCY_KEY),
    ),
    "retryStoryboard": Call(
        "Storyboards",
        "Run what failed again",
        "The writing, where that failed: scenes that are there are not paid again. Else its pictures that failed.",
        {
            202: Answer("It is queued again.", StoryboardView, _BOARD, _KEYED_HEADERS),
            200: Answer("It has ended: nothing of it could be queued.", StoryboardView, None, _KEYED_HEADERS),
        },
        (*_COMMANDED, "job_not_failed", "batch_not_failed", *COUNTED),
        (_ID, IDEMPOTENCY_KEY),
    ),
    "regenerateScene": Call(
        "Storyboards",
        "Make a scene's picture again",
        "A new job takes the place of the scene's picture, which stays under its own id; the body says what is to be "
        "otherwise, and may be left out. It never takes an equal picture that was made before.",
        {
            202: Answer("The new picture's job.", JobView, view(QUEUED, BASE), ("Location", *_KEYED_HEADERS)),
            200: Answer("It has ended already.", JobView, None, ("Location", *_KEYED_HEADERS)),
        },
        (
            *BODY, *KEYED, *MODEL, *COUNTED, "storyboard_not_found", "scene_not_found", "scene_unfinished",
            "job_deleted",
        ),
        (_ID, _INDEX, IDEMPOTENCY_KEY, PREFER, *CALLER),
        Body(SceneChange, {"once more": {}, "at night": {"prompt": "The sea at night."}}, required=False),
    ),
}  # fmt: skip
