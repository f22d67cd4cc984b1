"""A body that is no request: what the answer says of the field at fault."""

import json
from typing import Any

import msgspec
import pytest

from shared.api.expectations import expected
from shared.api.problems import invalid_body, of_exception, problem
from shared.config import BadSetting, MissingSetting
from shared.domain.errors import ImageStoreError, Rejected, Unavailable
from shared.domain.request import JobRequest

TIME = "a time with its zone, such as 2026-11-21T12:00:00Z"
NAME = "1 to 128 of the characters A-Z a-z 0-9 . _ -"
RATIOS = "one of 16:9, 1:1, 21:9, 2:3, 3:2, 3:4, 4:3, 4:5, 5:4, 9:16"
LABELS = "at most 32 labels"
HOOK = {"url": "https://receiver.test"}
# A wrong value of each field, the pointer to what is wrong in it, and how the words begin.
WRONG: list[tuple[str, Any, str, str]] = [
    ("prompt", "", "/prompt", "must be a text of 1 to 32000 characters, not all of them blank"),
    ("prompt", 5, "/prompt", "must be a text of 1 to 32000 characters"),
    ("negative_prompt", 5, "/negative_prompt", "must be a text of 0 to 32000 characters"),
    ("aspect_ratio", "5:6", "/aspect_ratio", f"must be {RATIOS}"),
    ("n", 11, "/n", "must be a whole number from 1 to 10"),
    ("n", "2", "/n", "must be a whole number from 1 to 10"),
    ("seed", -1, "/seed", "must be a whole number from 0 to 4294967295"),
    ("model", "", "/model", "must be a text of 1 to 128 characters"),
    ("watermark", "yes", "/watermark", "must be true or false"),
    ("mime_type", "image/gif", "/mime_type", "must be one of image/jpeg, image/png, image/webp"),
    ("job_type", "video", "/job_type", "must be one of character_reference, cover_art"),
    ("project_id", "a/b", "/project_id", f"must be {NAME}"),
    ("branch_id", "", "/branch_id", f"must be {NAME}"),
    ("scene_id", "ä", "/scene_id", f"must be {NAME}"),
    ("shot_id", 1, "/shot_id", f"must be {NAME}"),
    ("style", "a b", "/style", f"must be {NAME}"),
    ("enhance", 1, "/enhance", "must be true or false"),
    ("image_size", "3K", "/image_size", "must be one of 1K, 2K, 4K, 512px"),
    ("width", 63, "/width", "must be a whole number from 64 to 8192"),
    ("height", 8193, "/height", "must be a whole number from 64 to 8192"),
    ("fit", "fill", "/fit", "must be one of contain, cover, none"),
    ("fallback", "fast", "/fallback", "must be a list"),
    ("allow_placeholder", None, "/allow_placeholder", "must be true or false"),
    ("provider_options", {"edit_steps": 0}, "/provider_options/edit_steps", "must be a whole number from 1 to 100"),
    ("provider_options", {"mask_dilation": 2}, "/provider_options/mask_dilation", "must be a number from 0 to 1"),
    ("provider_options", {"language": "en\n"}, "/provider_options/language", "must be 2 to 16 letters and hyphens"),
    ("references", [{"upload_id": "a.png"}], "/references/0/upload_id", "must be the id of an upload, as POST"),
    ("references", [{"url": "a.png"}], "/references/0/url", "must be an https address"),
    ("references", [{"uri": "x"}], "/references/0/uri", "is no field of this request; there are upload_id, job"),
    ("mask", {"index": 10}, "/mask/index", "must be a whole number from 0 to 9"),
    ("compression", 101, "/compression", "must be a whole number from 0 to 100"),
    ("thumbnail", "yes", "/thumbnail", "must be true or false"),
    ("labels", [], "/labels", f"must be {LABELS}"),
    ("labels", {"K": "v"}, "/labels", f"must be {LABELS}"),
    ("labels", {"k": "v" * 129}, "/labels", "must be "),
    ("priority", "urgent", "/priority", "must be one of batch, interactive"),
    ("cache", "on", "/cache", "must be one of off, refresh, reuse"),
    ("not_before", "soon", "/not_before", f"must be {TIME}"),
    ("deadline", "2026-11-21T12:00:00", "/deadline", f"must be {TIME}"),
    ("webhook", "https://x.test", "/webhook", "must be an object with url, events"),
    ("webhook", {}, "/webhook/url", "is missing"),
    ("webhook", {"url": "ftp://x.test"}, "/webhook/url", "must be an http or https address"),
    ("webhook", {**HOOK, "events": []}, "/webhook/events", "must be a list of 1 to 7 of job.processing, job."),
    ("webhook", {**HOOK, "events": ["job.done"]}, "/webhook/events/0", "must be one of job.canceled, job.completed"),
    ("webhook", {**HOOK, "secret": "s"}, "/webhook/secret", "is no field of this request; there are url, events"),
    ("breadth", 5, "/breadth", "is no field of this request; there are prompt, negative_prompt"),
    ("a`b/~c\n", 5, "/a`b~1~0c\n", "is no field of this request"),
]


def _refusal(body: Any) -> Rejected:
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    with pytest.raises((msgspec.MsgspecError, UnicodeDecodeError)) as refusal:
        msgspec.json.decode(data, type=JobRequest)
    assert isinstance(refusal.value, msgspec.MsgspecError | UnicodeDecodeError)
    return invalid_body(refusal.value, JobRequest)


@pytest.mark.parametrize(("field", "value", "pointer", "words"), WRONG)
def test_a_wrong_value_gets_a_pointer_and_what_belongs_there(field: str, value: Any, pointer: str, words: str) -> None:
    """400, never the words of a library."""
    refusal = _refusal({"prompt": "a fox", field: value})
    ((found, detail),) = refusal.errors
    assert (refusal.status, refusal.code, found) == (400, "invalid_request", pointer)
    assert detail.startswith(words)
    assert refusal.detail == f"{pointer} {detail}."
    assert not any(word in detail for word in ("Expected", "regex", "`", "Invalid"))


def test_every_field_is_tried() -> None:
    """A field that is added later needs its line above."""
    assert set(JobRequest.__struct_fields__) <= {field for field, *_ in WRONG}


def test_what_is_missing_is_said() -> None:
    """With a pointer to where it should be."""
    assert _refusal({}).errors == (("/prompt", "is missing"),)


@pytest.mark.parametrize("body", [[], "x", 5, None])
def test_a_body_that_is_no_object_is_told_what_one_has(body: Any) -> None:
    """The pointer is that of the whole."""
    refusal = _refusal(body)
    ((pointer, detail),) = refusal.errors
    assert pointer == ""
    assert detail.startswith("must be an object with prompt, negative_prompt")
    assert refusal.detail.startswith("The body must be")


@pytest.mark.parametrize("body", [b"", b"{", b'{"prompt": "\xff"}', b"\x00"])
def test_what_is_no_json_is_said(body: bytes) -> None:
    """400 without a pointer: there is nowhere to point."""
    refusal = _refusal(body)
    assert (refusal.status, refusal.code, refusal.errors) == (400, "malformed_json", ())


def test_a_place_that_the_schema_does_not_have_has_no_words() -> None:
    """Then the library's own are better than none."""
    assert expected(JobRequest, ("nowhere", "0")) == ""


def test_a_problem_is_rfc_9457() -> None:
    """Media type, title, code, pointers, and when to come again."""
    answer = problem(Rejected(429, "slow", "Slow down.", errors=(("/n", "too many"),), retry_after=7), Allow="GET")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers["retry-after"], answer.headers["allow"]) == ("7", "GET")
    assert json.loads(bytes(answer.body)) == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "code": "slow",
        "detail": "Slow down.",
        "errors": [{"pointer": "/n", "detail": "too many"}],
    }


@pytest.mark.parametrize(
    ("exc", "status", "code"),
    [
        (Rejected(404, "x", "X."), 404, "x"),
        (Unavailable("down", "Down."), 503, "down"),
        (MissingSetting("GCS_BUCKET_NAME"), 503, "missing_gcs_bucket_name"),
        (BadSetting("X is y"), 503, "bad_configuration"),
        (ImageStoreError("TEMPORARY", "store_unavailable", "Down."), 503, "store_unavailable"),
        (KeyError("secret"), 500, "internal_error"),
    ],
)
def test_every_error_has_its_answer(exc: Exception, status: int, code: str) -> None:
    """What nobody expected is 500, without its inside."""
    answer = of_exception(exc)
    assert (answer.status, answer.code) == (status, code)
    assert "secret" not in answer.detail
