"""A submit does not wait for the model."""

import time
from concurrent.futures import ThreadPoolExecutor

from tests.integration.api import Api, Job, a_prompt
from tests.processes import Control

SUBMITS = 200
CLIENTS = 4
MODEL_SECONDS = 5


def test_two_hundred_submits_stay_below_half_a_second(api: Api, control: Control) -> None:
    """The 99th percentile of four clients' submits, while each picture takes the model five seconds."""

    def submit(number: int) -> tuple[float, Job]:
        begin = time.perf_counter()
        job = api.submit(prompt=f"{a_prompt()} {number} [[slow {MODEL_SECONDS}]] [[blocked]]")
        return time.perf_counter() - begin, job

    called = control.counts().get("vertex.Predict", 0)
    with ThreadPoolExecutor(CLIENTS) as pool:
        submitted = list(pool.map(submit, range(SUBMITS)))
    durations = sorted(seconds for seconds, _ in submitted)
    jobs = [job for _, job in submitted]
    worked = control.counts().get("vertex.Predict", 0) - called
    for job in jobs:
        assert api.command(job, "cancel").status_code in {200, 202, 409}
    control.advance(MODEL_SECONDS)
    for job in jobs:
        api.ended(job)
    assert len({job["id"] for job in jobs}) == SUBMITS
    assert worked, "the model was not at work meanwhile"
    assert durations[SUBMITS * 99 // 100 - 1] < 0.5, f"p50 {durations[SUBMITS // 2]:.3f} s, max {durations[-1]:.3f} s"
