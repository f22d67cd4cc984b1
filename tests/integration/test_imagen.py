"""Imagen behind the whole stack: edits and enlargements of a job's own image, and what a filter keeps back."""

from tests.integration.api import Api, a_prompt
from tests.integration.inside import Inside, counting
from tests.processes import Control
from tests.waiting import until

SEED_71 = "number_value: 71.0"  # as the request of the second picture has it


def test_a_job_s_image_is_edited_and_enlarged(api: Api, control: Control) -> None:
    """Five edits in two calls, each of the given picture's size; then one of them twice as wide and high."""
    first = api.completed(model="placeholder", width=128, height=96, fit="cover", mime_type="image/jpeg")
    (image,) = first["images"]
    with counting(control) as calls:
        edited = api.completed(
            model="imagen-3.0-capability-001",
            job_type="edit",
            references=[{"job_id": first["id"]}],
            provider_options={"edit_mode": "background_swap"},
            n=5,
        )
    assert calls["vertex.Predict"] == 2
    assert [(made["width"], made["height"]) for made in edited["images"]] == [(image["width"], image["height"])] * 5
    assert edited["cost"]["estimated_micros"] == edited["cost"]["actual_micros"] == 200_000
    enlarged = api.completed(
        model="imagen-4.0-upscale-preview", job_type="upscale", references=[{"job_id": edited["id"], "index": 4}]
    )
    assert [(made["width"], made["height"]) for made in enlarged["images"]] == [
        (2 * image["width"], 2 * image["height"])
    ]


def test_a_run_of_which_some_are_blocked_completes_with_the_others(api: Api) -> None:
    """It pays for those alone, and lists the others with what was found in them."""
    job = api.completed(prompt=a_prompt("[[some-blocked]]"), n=3)
    assert (len(job["images"]), job["cost"]["actual_micros"]) == (2, 80_000)
    (missing,) = job["missing"]
    assert (missing["code"], missing["billed"]) == ("safety_blocked", "no")
    assert missing["safety"] == {"filtered": "image", "categories": ["violence"], "support_codes": ["56562880"]}


def test_the_first_of_several_pictures_is_stored_while_the_next_is_made(
    api: Api, control: Control, inside: Inside
) -> None:
    """With a seed there is one call an image; the job has five commits all the same, and what was stored stays."""
    with counting(control) as calls:
        with control.fault("vertex", "Predict", effect="hold", containing=[SEED_71], count=1) as fault:
            job = api.submit(n=2, seed=70)
            until(lambda: control.hits(fault) == 1)
            until(lambda: len(inside.names(job)) == 2)
            first = set(inside.names(job))
            assert api.get(job)["status"] == "generating"
        done = api.reached(job, "completed")
    assert [(image["index"], image["seed"]) for image in done["images"]] == [(0, 70), (1, 71)]
    assert first < set(inside.names(job))
    assert (calls["firestore.Commit"], calls["vertex.Predict"], calls["storage.objects.insert"]) == (5, 2, 4)


def test_a_prompt_that_is_refused_is_typed(api: Api) -> None:
    """One call, its category and Google's code, nothing billed."""
    job = api.ended(api.submit(model="standard", prompt=a_prompt("[[refused]]")))
    failure = job["failure"]
    assert (failure["code"], failure["billed"], job["attempt_count"]) == ("safety_blocked", "no", 1)
    assert failure["safety"] == {"filtered": "prompt", "categories": ["other"], "support_codes": ["42876398"]}
    assert job["cost"]["actual_micros"] == 0
