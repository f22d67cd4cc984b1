"""GET /v1/models and /v1/styles, POST /v1/estimate, and the headers of a model that goes."""

from typing import Any

import pytest

from shared.config import Settings
from tests.unit.shared.api.asking import Api

FOX = "a fox in the snow"


def by_id(listed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The entries of a list, by their ids."""
    return {entry["id"]: entry for entry in listed}


def test_every_model_is_listed_with_what_it_costs_and_can() -> None:
    """A price that is not known is null."""
    body = Api().status.get("/v1/models").json()
    models = by_id(body["models"])
    assert (body["currency"], body["default"], body["aliases"]["fast"]) == (
        "USD", "standard", "imagen-4.0-fast-generate-001"
    )  # fmt: skip
    gemini, imagen = models["gemini-3.1-flash-image"], models["imagen-4.0-generate-001"]
    assert gemini["prices_micros"] == {"1K": 67_000, "512px": 45_000, "2K": 101_000, "4K": 151_000}
    assert (gemini["image_sizes"], gemini["max_references"]) == (["1K", "512px", "2K", "4K"], 14)
    assert "21:9" in gemini["aspect_ratios"]
    assert (imagen["default"], imagen["aliases"], gemini["default"]) == (True, ["standard"], False)
    assert "seed" in imagen["capabilities"]
    assert models["nanobanana"]["prices_micros"] == {"1K": None}


def test_a_model_says_how_long_it_stays() -> None:
    """Days to its sunset, fewer than none after it; null where none is known. The clock stands at 2026-11-21."""
    models = by_id(Api().status.get("/v1/models").json()["models"])
    shown = ("sunset", "days_left", "successor", "retired")
    assert [models["gemini-3.1-flash-image"][name] for name in shown] == [
        "2027-05-28", 188, "gemini-nano-banana-2.1", False
    ]  # fmt: skip
    assert [models["imagegeneration@006"][name] for name in shown] == [
        "2025-09-24", -423, "gemini-3.1-flash-image", True
    ]  # fmt: skip
    assert [models["placeholder"][name] for name in shown] == [None, None, None, False]


def test_styles_are_listed_with_what_they_add() -> None:
    """To choose from."""
    style = by_id(Api().status.get("/v1/styles").json()["styles"])["noir"]
    assert style["description"]
    assert "black and white" in style["modifiers"]
    assert (style["negative_prompt"], style["aspect_ratio"]) == ("colour, bright daylight", "16:9")


@pytest.mark.parametrize("path", ["/v1/models", "/v1/styles"])
def test_a_list_that_is_known_is_not_sent_again(path: str) -> None:
    """304, however the client writes its condition; a deployment that is closed keeps it to itself."""
    api = Api()
    etag = api.status.get(path).headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        answer = api.status.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert api.status.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert Api(Settings()).status.get(path).status_code == 401


def test_days_count_down() -> None:
    """So the list of another day is another."""
    api = Api()
    etag = api.status.get("/v1/models").headers["etag"]
    api.clock.move(86_400)
    assert api.status.get("/v1/models", headers={"If-None-Match": etag}).status_code == 200


def test_an_estimate_is_answered_and_nothing_is_kept() -> None:
    """With the body of a job."""
    api = Api()
    answer = api.submit.post("/v1/estimate", json={"prompt": FOX, "model": "ultra", "n": 2, "style": "noir"})
    body = answer.json()
    assert answer.status_code == 200
    assert (body["model"], body["images"], body["per_image_micros"], body["estimated_micros"], body["currency"]) == (
        "imagen-4.0-ultra-generate-001", 2, 60_000, 120_000, "USD"
    )  # fmt: skip
    assert (body["image_size"], body["aspect_ratio"], body["prompt_changed_by"]) == ("1K", "16:9", ["style:noir"])
    assert (api.jobs.calls, api.queue.ids) == ([], [])
    assert api.submit.post("/v1/estimate", json={"prompt": FOX, "n": 11}).status_code == 400


def test_who_names_a_retired_model_is_told() -> None:
    """At the submission, at a repeat, and with the job, also where it has not changed."""
    api = Api()
    asked = {"json": {"prompt": FOX, "model": "imagegeneration@006"}, "headers": {"Idempotency-Key": "k"}}
    first, again = api.submit.post("/v1/jobs", **asked), api.submit.post("/v1/jobs", **asked)
    job = first.json()
    assert (job["model_requested"], job["model"]) == ("imagegeneration@006", "gemini-3.1-flash-image")
    read = api.status.get(f"/v1/jobs/{job['id']}")
    unchanged = api.status.get(f"/v1/jobs/{job['id']}", headers={"If-None-Match": read.headers["etag"]})
    assert unchanged.status_code == 304
    for answer in (first, again, read, unchanged):
        assert answer.headers["deprecation"] == "@1750723200"  # 2025-06-24
        assert answer.headers["sunset"] == "Wed, 24 Sep 2025 00:00:00 GMT"
        assert answer.headers["link"] == '<http://api.test/v1/models>; rel="deprecation"; type="application/json"'


def test_who_names_a_model_that_stays_is_told_nothing() -> None:
    """Nor who leaves the choice to an alias."""
    api = Api()
    for model in ({}, {"model": "fast"}, {"model": "gemini-3-pro-image"}):
        answer = api.submit.post("/v1/jobs", json={"prompt": FOX, **model})
        assert answer.status_code == 202
        assert not {"deprecation", "sunset", "link"} & set(answer.headers)


def test_a_job_shows_what_the_model_is_told() -> None:
    """Beside what the user said, and what changed it."""
    api = Api()
    plain = api.submit.post("/v1/jobs", json={"prompt": FOX}).json()
    assert (plain["prompt"], plain["prompt_used"], plain["prompt_changed_by"]) == (FOX, FOX, [])
    styled = api.submit.post("/v1/jobs", json={"prompt": FOX, "style": "ink", "enhance": True}).json()
    assert styled["prompt"] == FOX
    assert styled["prompt_used"].startswith(f"{FOX}, brush and ink")
    assert styled["prompt_changed_by"] == ["style:ink", "enhance"]
