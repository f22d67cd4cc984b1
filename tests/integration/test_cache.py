"""Equal pixels are made once, whoever asks for them, and however many at once."""

from concurrent.futures import ThreadPoolExecutor

from tests.integration.api import Api, a_prompt
from tests.integration.inside import MODEL_SECONDS, Inside, counting, in_the_model, referenced, slow_prompt
from tests.processes import Control
from tests.waiting import until


def test_an_equal_request_is_a_copy_at_no_cost(api: Api, inside: Inside, control: Control) -> None:
    """It has objects of its own, with the same bytes."""
    prompt = a_prompt()
    first = api.completed(prompt=prompt)
    with counting(control) as calls:
        second = api.completed(prompt=prompt, labels={"which": "second"}, project_id="elsewhere")
    assert calls["vertex.Predict"] == 0
    assert (first["cached"], second["cached"]) == (False, True)
    assert second["images"][0]["sha256"] == first["images"][0]["sha256"]
    assert second["images"][0]["uri"] != first["images"][0]["uri"]
    assert api.image(second).content == api.image(first).content
    assert second["cost"]["actual_micros"] == 0
    assert inside.names(second) == referenced(second)


def test_a_copy_outlives_its_original(api: Api, inside: Inside) -> None:
    """And what is gone is made anew."""
    prompt = a_prompt()
    first = api.completed(prompt=prompt)
    second = api.completed(prompt=prompt)
    api.delete(first).raise_for_status()
    inside.sweep()
    assert api.image(second).status_code == 200
    third = api.completed(prompt=prompt)
    assert third["images"][0]["sha256"] == second["images"][0]["sha256"]
    assert inside.names(third) == referenced(third)


def test_forty_equal_requests_at_once_call_the_model_once(api: Api, inside: Inside, control: Control) -> None:
    """One makes the picture, the others wait for it and copy it; none is left behind."""
    prompt = a_prompt("[[slow 1]]")
    with counting(control) as calls:
        with ThreadPoolExecutor(8) as pool:
            jobs = list(pool.map(lambda _: api.submit(prompt=prompt, mime_type="image/jpeg"), range(40)))
        jobs = [api.reached(job, "completed") for job in jobs]
    assert calls["vertex.Predict"] == 1
    assert len({job["id"] for job in jobs}) == 40
    assert [job["cached"] for job in jobs].count(False) == 1
    assert len({job["images"][0]["sha256"] for job in jobs}) == 1
    assert len({job["images"][0]["uri"] for job in jobs}) == 40
    assert sum(job["cost"]["actual_micros"] for job in jobs) == 40_000
    assert inside.names(jobs[-1]) == referenced(jobs[-1])


def test_a_canceled_leader_leaves_its_followers_a_picture(api: Api, inside: Inside, control: Control) -> None:
    """The next of them makes it."""
    prompt = slow_prompt()
    leader = in_the_model(api, control, prompt=prompt)
    follower = api.submit(prompt=prompt)
    until(lambda: bool(inside.documents(waiting_for=leader["id"])))
    api.command(leader, "cancel").raise_for_status()
    called = control.counts()["vertex.Predict"]
    control.advance(MODEL_SECONDS)
    api.reached(leader, "canceled")
    until(lambda: control.counts()["vertex.Predict"] > called)
    control.advance(MODEL_SECONDS)
    assert api.reached(follower, "completed")["cached"] is False


def test_refresh_makes_the_picture_anew_for_later_ones(api: Api, control: Control) -> None:
    """One call more, and then none."""
    prompt = a_prompt()
    api.completed(prompt=prompt)
    with counting(control) as calls:
        fresh = api.completed(prompt=prompt, cache="refresh")
    assert (calls["vertex.Predict"], fresh["cached"]) == (1, False)
    with counting(control) as calls:
        later = api.completed(prompt=prompt)
    assert (calls["vertex.Predict"], later["cached"]) == (0, True)


def test_off_neither_takes_nor_gives(api: Api, control: Control) -> None:
    """Its picture serves nobody else."""
    prompt = a_prompt()
    with counting(control) as calls:
        jobs = [api.completed(prompt=prompt, cache=mode) for mode in ("off", "off", "reuse")]
    assert calls["vertex.Predict"] == 3
    assert [job["cached"] for job in jobs] == [False, False, False]


def test_what_changes_the_pixels_is_no_equal_request(api: Api, control: Control) -> None:
    """Another seed, ratio or negative prompt is another picture."""
    prompt = a_prompt()
    with counting(control) as calls:
        for change in ({}, {"seed": 3}, {"aspect_ratio": "4:3"}, {"negative_prompt": "people"}):
            assert api.completed(prompt=prompt, mime_type="image/jpeg", **change)["cached"] is False
    assert calls["vertex.Predict"] == 4
