"""Several images of Imagen: in several calls, some of which fail."""

import asyncio
from base64 import b64encode

import pytest

from tests.builders import a_job, image_bytes
from tests.contract.image_provider_suite import broken_off, happened
from tests.contract.imagen.world import BLOCKED, EACH, World, a_prediction
from tests.fakes.prediction_server import Answer, Asked, Refused

BROKEN = {"bytesBase64Encoded": b64encode(image_bytes()[:40]).decode()}


async def test_image_i_is_of_seed_s_plus_i(world: World) -> None:
    """The very image that a job for that seed alone gets."""
    several = await world.make(a_job(seed=7, n=2))
    alone = await world.make(a_job(seed=8))
    assert several.pictures[1] == alone.pictures[0]
    assert several.pictures[0].data != several.pictures[1].data


@pytest.mark.parametrize(("seed", "counts"), [(None, [4, 4, 2]), (100, [1] * 10)])
async def test_ten_images_are_asked_for_at_once(world: World, seed: int | None, counts: list[int]) -> None:
    """In as few calls as there can be; with a seed in one for each image."""
    all_there = asyncio.Barrier(len(counts))

    async def answer(asked: Asked) -> Answer:
        await all_there.wait()
        first = int(asked.parameters.get("seed", 0))
        return [a_prediction(first + index) for index in range(int(asked.parameters["sampleCount"]))]

    world.vendor.answer = answer
    job = a_job(n=10, seed=seed)
    outcome = await asyncio.wait_for(world.make(job), 60)
    assert sorted((int(asked.parameters["sampleCount"]) for asked in world.vendor.asked), reverse=True) == counts
    seeds = [None] * 10 if seed is None else list(range(seed, seed + 10))
    assert [picture.seed for picture in outcome.pictures] == seeds
    if seed is not None:
        assert [picture.data for picture in outcome.pictures] == [image_bytes(each) for each in range(100, 110)]
    assert outcome.cost_micros == world.imagen.estimate(job) == 10 * EACH


async def test_only_what_failed_is_asked_for_again(world: World) -> None:
    """And booked again, at its price alone; the images come in their order."""

    def answer(asked: Asked, before: int) -> Answer:
        busy = asked.parameters["seed"] == 8 and not before
        return Refused("RESOURCE_EXHAUSTED") if busy else [a_prediction(int(asked.parameters["seed"]))]

    world.answers(answer)
    outcome = await world.make(a_job(n=3, seed=7))
    assert [picture.seed for picture in outcome.pictures] == [7, 8, 9]
    assert [int(asked.parameters["seed"]) for asked in world.vendor.asked].count(8) == len(world.vendor.asked) - 2 == 2
    assert (world.checkpoint.booked, outcome.cost_micros) == ([EACH], EACH)
    assert [(error.cost_micros, error.billed) for error in world.checkpoint.failed] == [(2 * EACH, "yes")]


async def test_bytes_that_are_no_image_are_not_paid_twice(world: World) -> None:
    """Neither beside good ones of the same call, nor when another call is made again; the job says so."""

    def answer(asked: Asked, before: int) -> Answer:
        if "seed" not in asked.parameters:
            return [BROKEN, a_prediction(), BROKEN]
        seed = int(asked.parameters["seed"])
        return [BROKEN] if seed == 7 else Refused("UNAVAILABLE") if not before else [a_prediction(seed)]

    world.answers(answer)
    together = await world.make(a_job(n=3))
    gone = [(missing.code, missing.billed) for missing in together.missing]
    assert (len(together.pictures), gone, together.cost_micros) == (1, [("not_an_image", "yes")] * 2, 3 * EACH)
    apart = await world.make(a_job(n=2, seed=7))
    assert [picture.seed for picture in apart.pictures] == [8]
    assert [(missing.code, missing.billed) for missing in apart.missing] == [("not_an_image", "yes")]
    assert [asked.parameters.get("seed") for asked in world.vendor.asked].count(7) == 1


async def test_what_came_is_kept_when_other_calls_fail(world: World) -> None:
    """Each with why; a call that stays busy is asked for four times."""

    def answer(asked: Asked, _: int) -> Answer:
        seed = int(asked.parameters["seed"])
        says: dict[int, Answer] = {
            7: [{"raiFilteredReason": BLOCKED}],
            9: Refused("RESOURCE_EXHAUSTED"),
            10: Refused("NOT_FOUND"),
        }
        return says.get(seed, [a_prediction(seed)])

    world.answers(answer)
    outcome = await world.make(a_job(n=4, seed=7))
    assert [picture.seed for picture in outcome.pictures] == [8]
    assert [gone.code for gone in outcome.missing] == ["safety_blocked", "model_rate_limit", "model_not_found"]
    seeds = [int(asked.parameters["seed"]) for asked in world.vendor.asked]
    assert [seeds.count(seed) for seed in range(7, 11)] == [1, 1, 4, 1]
    assert (world.checkpoint.booked, outcome.cost_micros) == ([EACH] * 3, 0)


async def test_no_call_goes_on_once_the_job_is_broken_off(world: World) -> None:
    """Each of them is cancelled at the server, and none is made after."""

    async def never(_: Asked) -> Answer:
        await asyncio.Event().wait()
        return ()

    world.vendor.answer = never
    task = asyncio.create_task(world.make(a_job(n=3, seed=7)))
    await happened(lambda: len(world.vendor.asked) == 3)
    await broken_off(task)
    await happened(lambda: world.vendor.broken_off == 3)
    assert (len(world.vendor.asked), world.checkpoint.failed) == (3, [])
