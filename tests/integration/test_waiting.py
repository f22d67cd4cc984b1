"""Jobs that wait use up no deliveries and slow nobody else's."""

from tests.integration.api import Api, Job, a_prompt
from tests.processes import Control
from tests.waiting import until

WAITING = 40  # more than there are places in one instance


def test_forty_waiting_jobs_are_delivered_once_and_slow_nobody(api: Api, control: Control) -> None:
    """Their provider asked them all to slow down; another's job goes its way while they wait."""
    api.reached(api.submit(cache="off"), "completed")  # the instance is warm
    with control.tracing() as calls:
        waiting = [api.submit(prompt=a_prompt("[[rate-limit]]"), cache="off") for _ in range(WAITING)]
        given_back = [_given_back(api, job) for job in waiting]
        other = api.reached(api.submit(cache="off"), "completed")
        assert all(api.get(job)["status"] == "queued" for job in waiting)
        delivered = [call["about"] for call in calls() if call["method"] == "Deliver"]
    assert other["attempt_count"] == 1
    assert {job["failure"]["type"] for job in given_back} == {"RATE_LIMIT"}
    assert [sum(job["id"] in about for about in delivered) for job in [*waiting, other]] == [1] * (WAITING + 1)
    for job in waiting:
        assert api.command(job, "cancel").status_code in {200, 202}


def _given_back(api: Api, job: Job) -> Job:
    """The job once it waits for another attempt."""

    def look() -> Job | None:
        found = api.get(job)
        return found if found["failure"] else None

    return until(look)
