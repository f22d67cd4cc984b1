"""Gemini's text and JSON, whole and streamed, and the checks of its requests."""

import json
from typing import Any

import httpx
import pytest
from google import genai
from google.genai.errors import APIError
from google.genai.types import FinishReason, GenerateContentConfig
from pydantic import BaseModel

from infra.local.vertex.markers import GENERATE, MARKERS
from tests.processes import RunningCloud

TEXT, IMAGE = "gemini-2.5-flash", "gemini-2.5-flash-image"
STORY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 20},
        "scenes": {
            "type": "array",
            "items": {"$ref": "#/$defs/scene"},
        },
        "mood": {"anyOf": [{"type": "null"}, {"enum": ["calm", "wild"], "type": "string"}]},
        "pair": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "integer"}},
        "share": {"type": "number", "minimum": 0, "maximum": 1},
        "final": {"type": "boolean"},
        "when": {"type": "string", "format": "date-time"},
    },
    "required": ["title", "scenes"],
    "$defs": {
        "scene": {
            "type": "object",
            "properties": {"prompt": {"type": "string"}, "seconds": {"type": "integer", "minimum": 2, "maximum": 5}},
            "required": ["prompt", "seconds"],
        }
    },
}


class Scene(BaseModel):
    """What google-genai turns into a schema."""

    prompt: str
    seconds: int


class Story(BaseModel):
    """A story of scenes."""

    title: str
    scenes: list[Scene]


def _json(client: genai.Client, prompt: str, **config: Any) -> Any:
    answer = client.models.generate_content(
        model=TEXT,
        contents=prompt,
        config=GenerateContentConfig(response_mime_type="application/json", **config),
    )
    return json.loads(answer.text or "")


def test_text_is_answered_with_text(gemini: genai.Client) -> None:
    """Deterministic, and finished by STOP."""
    first, again = (gemini.models.generate_content(model=TEXT, contents="tell me").text for _ in range(2))
    assert first == again
    assert "tell me" in (first or "")


def test_json_follows_a_json_schema(gemini: genai.Client) -> None:
    """Types, bounds, enums, references, lengths; as many scenes as the prompt asks for."""
    story = _json(gemini, "write 4 scenes about a fox", response_json_schema=STORY)
    assert list(story) == list(STORY["properties"])
    assert len(story["title"]) <= 20
    assert [scene["prompt"].startswith(f"prompt {i}:") for i, scene in enumerate(story["scenes"], 1)] == [True] * 4
    assert all(2 <= scene["seconds"] <= 5 for scene in story["scenes"])
    assert story["mood"] in {"calm", "wild"}
    assert [type(number) for number in story["pair"]] == [int, int]
    assert 0 <= story["share"] <= 1
    assert isinstance(story["final"], bool)
    assert story["when"].endswith("Z")


def test_json_follows_an_openapi_schema(gemini: genai.Client) -> None:
    """`responseSchema` as google-genai makes it of a class; the client parses it back."""
    config = GenerateContentConfig(response_mime_type="application/json", response_schema=Story)
    answer = gemini.models.generate_content(model=TEXT, contents="3 scenes", config=config)
    assert isinstance(answer.parsed, Story)
    assert len(answer.parsed.scenes) == 3


def test_min_and_max_items_win_over_the_prompt(gemini: genai.Client) -> None:
    """The schema decides."""
    schema = {"type": "ARRAY", "minItems": 5, "maxItems": 6, "items": {"type": "STRING"}}
    assert len(_json(gemini, "9 words", response_schema=schema)) == 5


def test_json_without_a_schema(gemini: genai.Client) -> None:
    """It is JSON at least."""
    assert _json(gemini, "anything")


def test_broken_json_on_demand(gemini: genai.Client) -> None:
    """`[[bad-json]]` breaks it."""
    with pytest.raises(json.JSONDecodeError):
        _json(gemini, "a story [[bad-json]]", response_json_schema=STORY)


def test_an_answer_cut_short(gemini: genai.Client) -> None:
    """`maxOutputTokens`, or the marker: MAX_TOKENS."""
    for prompt, config in (
        ("a long story", GenerateContentConfig(max_output_tokens=2)),
        ("a [[max-tokens]] story", None),
    ):
        answer = gemini.models.generate_content(model=TEXT, contents=prompt, config=config)
        assert answer.candidates
        assert answer.candidates[0].finish_reason is FinishReason.MAX_TOKENS


def test_stop_sequences_end_the_text(gemini: genai.Client) -> None:
    """What follows them is not given."""
    config = GenerateContentConfig(stop_sequences=["about"])
    answer = gemini.models.generate_content(model=TEXT, contents="a tale about a fox", config=config)
    assert (answer.text or "").endswith("a tale ")


def test_a_stream_gives_the_same_in_pieces(cloud: RunningCloud, gemini: genai.Client) -> None:
    """Words, then the picture; the end and the cost come with the last piece."""
    prompt = "a fox " + "in the deep white snow of the north " * 4
    whole = gemini.models.generate_content(model=IMAGE, contents=prompt)
    cloud.control.reset_counts()
    pieces = list(gemini.models.generate_content_stream(model=IMAGE, contents=prompt))
    parts = [part for piece in pieces for part in piece.parts or []]
    assert len(pieces) > 3
    assert "".join(part.text or "" for part in parts) == (whole.parts or [])[0].text
    assert parts[-1].inline_data == (whole.parts or [])[1].inline_data
    assert [bool(piece.usage_metadata) for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert cloud.control.counts() == {"vertex.StreamGenerateContent": 1}


def test_a_stream_may_be_a_json_array(base_url: str) -> None:
    """Without `alt=sse`."""
    url = f"{base_url}/v1beta/models/{TEXT}:streamGenerateContent?key=k"
    pieces = httpx.post(url, json={"contents": [{"parts": [{"text": "a fox " * 40}]}]}).json()
    assert len(pieces) > 1
    assert pieces[-1]["candidates"][0]["finishReason"] == "STOP"


def test_a_stream_refuses_before_it_begins(gemini: genai.Client) -> None:
    """An error is an error, not a piece."""
    with pytest.raises(APIError, match="429"):
        list(gemini.models.generate_content_stream(model=TEXT, contents="[[rate-limit]]"))


_SAY = [{"parts": [{"text": "a fox"}]}]
_PICTURED = {"parts": [{"inlineData": {"mimeType": "image/png", "data": "aGVsbG8="}}]}


@pytest.mark.parametrize(
    ("model", "body", "status", "named"),
    [
        (TEXT, {}, 400, "contents"),
        (TEXT, {"contents": []}, 400, "contents"),
        (TEXT, {"contents": [{"parts": []}]}, 400, "parts"),
        (TEXT, {"contents": [{"role": "dog", "parts": [{"text": "a"}]}]}, 400, "role"),
        (TEXT, {"contents": [*_SAY, {"role": "model", "parts": [{"text": "a"}]}]}, 400, "last turn"),
        (TEXT, {"contents": [{"parts": [{}]}]}, 400, "exactly one of text and inlineData"),
        (TEXT, {"contents": _SAY, "prompt": "a"}, 400, "prompt"),
        (TEXT, {"contents": _SAY, "generationConfig": {"temperature": 3}}, 400, "temperature"),
        (TEXT, {"contents": _SAY, "generationConfig": {"warmth": 1}}, 400, "warmth"),
        (TEXT, {"contents": _SAY, "generationConfig": {"responseSchema": {}}}, 400, "responseMimeType"),
        (TEXT, {"contents": _SAY, "generationConfig": {"responseModalities": ["IMAGE"]}}, 400, "modalities"),
        (TEXT, {"contents": _SAY, "generationConfig": {"imageConfig": {}}}, 400, "modalities"),
        (TEXT, {"contents": _SAY, "generationConfig": {"candidateCount": 2}}, 501, "candidateCount"),
        (TEXT, {"contents": _SAY, "generationConfig": {"logprobs": 2}}, 501, "logprobs"),
        (TEXT, {"contents": _SAY, "tools": [{}]}, 501, "tools"),
        (TEXT, {"contents": _SAY, "cachedContent": "c"}, 501, "cachedContent"),
        (TEXT, {"contents": [{"parts": [{"fileData": {"fileUri": "gs://b/o"}}]}]}, 501, "fileData"),
        (IMAGE, {"contents": _SAY, "generationConfig": {"responseMimeType": "application/json"}}, 400, "JSON mode"),
        (IMAGE, {"contents": _SAY, "generationConfig": {"imageConfig": {"aspectRatio": "7:5"}}}, 400, "aspectRatio"),
        (IMAGE, {"contents": _SAY, "generationConfig": {"imageConfig": {"imageSize": "4K"}}}, 400, "imageSize"),
        (IMAGE, {"contents": [_PICTURED]}, 400, "input image"),
        (IMAGE, {"contents": [{"parts": _PICTURED["parts"] * 4}]}, 400, "3 pictures at most"),
        (IMAGE, {"contents": [{"parts": [{"inlineData": {"mimeType": "a/b", "data": ""}}]}]}, 400, "mimeType"),
        (IMAGE, {"contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": "!"}}]}]}, 400, "Base64"),
    ],
)
def test_a_wrong_request_is_named(base_url: str, model: str, body: dict[str, Any], status: int, named: str) -> None:
    """400 for what is wrong, 501 for what the API has and this has not; the text names the field."""
    answer = httpx.post(f"{base_url}/v1beta/models/{model}:generateContent?key=k", json=body)
    assert answer.status_code == status
    assert named in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("schema", "status", "named"),
    [
        ({"type": "string", "pattern": "^a"}, 501, "pattern"),
        ({"allOf": []}, 501, "allOf"),
        ({"type": "string", "format": "colour"}, 501, "colour"),
        ({"type": "thing"}, 400, "thing"),
        ({"$ref": "#/$defs/none"}, 400, "#/$defs/none"),
        ({"type": "object", "required": ["a"]}, 400, "required a"),
        ({"type": "array", "items": {"$ref": "#"}}, 400, "nested deeper"),
    ],
)
def test_a_schema_that_cannot_be_followed_is_named(base_url: str, schema: Any, status: int, named: str) -> None:
    """Never JSON that breaks its schema."""
    config = {"responseMimeType": "application/json", "responseJsonSchema": schema}
    body = {"contents": _SAY, "generationConfig": config}
    answer = httpx.post(f"{base_url}/v1beta/models/{TEXT}:generateContent?key=k", json=body)
    assert answer.status_code == status
    assert named in answer.json()["error"]["message"]


@pytest.mark.parametrize("body", ["", "[]", "{", '{"contents": "a"}'])
def test_a_body_that_is_no_request(base_url: str, body: str) -> None:
    """400 in Google's error format."""
    answer = httpx.post(f"{base_url}/v1beta/models/{TEXT}:generateContent?key=k", content=body)
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_every_marker_of_gemini_is_known_to_the_tests() -> None:
    """The table that the README prints has none that these files leave out."""
    names = {marker.name for marker in MARKERS if GENERATE in marker.methods}
    assert names == {
        "text-only", "no-image", "image-safety", "image-prohibited", "image-recitation", "safety", "max-tokens",
        "prompt-blocked", "bad-json", "retired", "rate-limit", "error", "slow",
    }  # fmt: skip
