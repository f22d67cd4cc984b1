"""What a client may ask for: each bound from both sides, and the rules that span fields."""

from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import Rejected
from shared.domain.request import MAX_PROMPT, JobRequest, check, fingerprint
from tests.builders import a_request

EDGE = 2**32 - 1

TAKEN: list[dict[str, Any]] = [
    {"prompt": "x"},
    {"prompt": "x" * MAX_PROMPT},
    {"prompt": "猫 🦊"},
    {"n": 1},
    {"n": 10},
    {"seed": 0},
    {"seed": EDGE},
    {"model": "m" * 128},
    {"mime_type": "image/webp"},
    {"aspect_ratio": "21:9"},
    {"project_id": "A.b_c-9"},
    {"project_id": "x" * 128},
    {"project_id": "..."},
    {"labels": {}},
    {"labels": {f"k{i}": "" for i in range(32)}},
    {"labels": {"k" * 63: "v" * 128}},
    {"priority": "batch"},
    {"not_before": "2026-11-21T12:00:00Z"},
    {"deadline": "2026-11-21T12:00:00+02:00"},
]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"prompt": ""}, "$.prompt"),
    ({"prompt": " \n\t"}, "$.prompt"),
    ({"prompt": "x" * (MAX_PROMPT + 1)}, "$.prompt"),
    ({"prompt": None}, "$.prompt"),
    ({"prompt": 5}, "$.prompt"),
    ({"negative_prompt": "x" * (MAX_PROMPT + 1)}, "$.negative_prompt"),
    ({"n": 0}, "$.n"),
    ({"n": 11}, "$.n"),
    ({"n": 1.5}, "$.n"),
    ({"n": "2"}, "$.n"),
    ({"seed": -1}, "$.seed"),
    ({"seed": EDGE + 1}, "$.seed"),
    ({"model": ""}, "$.model"),
    ({"model": "m" * 129}, "$.model"),
    ({"mime_type": "image/gif"}, "$.mime_type"),
    ({"aspect_ratio": "5:6"}, "$.aspect_ratio"),
    ({"job_type": "video"}, "$.job_type"),
    ({"priority": "urgent"}, "$.priority"),
    ({"project_id": ""}, "$.project_id"),
    ({"project_id": "x" * 129}, "$.project_id"),
    ({"project_id": "a/b"}, "$.project_id"),
    ({"project_id": "a\n"}, "$.project_id"),
    ({"project_id": "ä"}, "$.project_id"),
    ({"labels": {f"k{i}": "" for i in range(33)}}, "$.labels"),
    ({"labels": {"K": "v"}}, "$.labels"),
    ({"labels": {"k\n": "v"}}, "$.labels"),
    ({"labels": {"k" * 64: "v"}}, "$.labels"),
    ({"labels": {"k": "v" * 129}}, "$.labels"),
    ({"not_before": "2026-11-21T12:00:00"}, "$.not_before"),
    ({"deadline": "tomorrow"}, "$.deadline"),
    ({"watermark": "yes"}, "$.watermark"),
]
PLACES = ("project_id", "branch_id", "scene_id", "shot_id")


@pytest.mark.parametrize("fields", TAKEN, ids=lambda fields: str(fields)[:40])
def test_what_lies_within_the_bounds_is_taken(fields: dict[str, Any]) -> None:
    """The last value inside each bound passes."""
    check(a_request(**fields))


@pytest.mark.parametrize(("fields", "path"), REFUSED, ids=lambda given: str(given)[:40])
def test_what_lies_outside_is_refused_by_its_field(fields: dict[str, Any], path: str) -> None:
    """The first value outside each bound is refused, and the error says where."""
    with pytest.raises(msgspec.ValidationError) as refusal:
        a_request(**fields)
    assert path in str(refusal.value)


def test_a_field_that_there_is_not_is_refused_by_its_name() -> None:
    """A misspelt field is never ignored."""
    with pytest.raises(msgspec.ValidationError, match="unknown field `promt`"):
        a_request(promt="x")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("dots", [".", ".."])
def test_no_place_is_a_step_through_folders(place: str, dots: str) -> None:
    """Names that a path would resolve are refused."""
    whole = dict.fromkeys(PLACES, "x") | {place: dots}
    assert _pointers(a_request(**whole)) == [f"/{place}"]


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        ({"branch_id": "b"}, ["/branch_id"]),
        ({"scene_id": "s", "shot_id": "t"}, ["/scene_id", "/shot_id"]),
        ({"project_id": "p", "shot_id": "t"}, ["/shot_id"]),
        ({"seed": 1, "watermark": True}, ["/watermark"]),
        ({"seed": EDGE, "n": 2}, ["/seed"]),
        ({"not_before": "2026-11-21T12:00:00Z", "deadline": "2026-11-21T12:00:00Z"}, ["/deadline"]),
        ({"branch_id": ".", "seed": 1, "watermark": True}, ["/branch_id", "/branch_id", "/watermark"]),
    ],
)
def test_rules_that_span_fields_point_at_every_fault(fields: dict[str, Any], pointers: list[str]) -> None:
    """All that is wrong is said at once."""
    assert _pointers(a_request(**fields)) == pointers


@pytest.mark.parametrize("fields", [{"seed": 1, "watermark": False}, {"seed": 1}, {"watermark": True}])
def test_seed_and_watermark_go_alone(fields: dict[str, Any]) -> None:
    """Either of the two is fine without the other."""
    check(a_request(**fields))


def _pointers(request: JobRequest) -> list[str]:
    with pytest.raises(Rejected) as refusal:
        check(request)
    assert refusal.value.status == 400
    assert refusal.value.code == "invalid_request"
    return [pointer for pointer, _ in refusal.value.errors]


@given(st.permutations(["prompt", "n", "labels", "seed", "project_id"]))
def test_a_fingerprint_does_not_see_the_order_of_fields(order: list[str]) -> None:
    """The same request, written in another order, is the same."""
    labels = {"b": "2", "a": "1"}
    fields = {"prompt": "x", "n": 2, "labels": labels, "seed": 7, "project_id": "p"}
    shuffled = {name: fields[name] for name in order} | {"labels": dict(reversed(labels.items()))}
    assert fingerprint(_decoded(shuffled)) == fingerprint(_decoded(fields))


def test_a_fingerprint_does_not_see_defaults_written_out() -> None:
    """Leaving a field out and writing its default is the same request."""
    assert fingerprint(a_request()) == fingerprint(a_request(n=1, labels={}, mime_type="image/png", seed=None))


@pytest.mark.parametrize(
    "fields",
    [{"prompt": "a fox in the snow "}, {"n": 2}, {"seed": 0}, {"labels": {"a": "1"}}, {"watermark": False}],
    ids=str,
)
def test_a_fingerprint_sees_every_field(fields: dict[str, Any]) -> None:
    """Any other wish is another request."""
    assert fingerprint(a_request(**fields)) != fingerprint(a_request())


def test_a_fingerprint_covers_only_what_was_asked_for() -> None:
    """A later version, with more fields, gives a stored request the same fingerprint."""
    assert fingerprint(a_request()) == sha256(b'{"prompt":"a fox in the snow"}').hexdigest()


def _decoded(fields: dict[str, Any]) -> JobRequest:
    return msgspec.json.decode(msgspec.json.encode(fields), type=JobRequest)


@pytest.mark.parametrize("name", ["not_before", "deadline"])
@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_a_time_that_utc_does_not_have_is_refused(name: str, time: str) -> None:
    """It is not even a moment that could be stored."""
    with pytest.raises(Rejected) as refusal:
        check(msgspec.convert({"prompt": "a fox", name: time}, JobRequest))
    assert [pointer for pointer, _ in refusal.value.errors] == [f"/{name}"]
