"""`make plan` reckons with what a job really makes the cloud do."""

import re
from collections import Counter

from infra.plan import rates
from tests.integration.api import Api, a_prompt
from tests.integration.inside import NOW_AND_THEN, Inside
from tests.processes import Control
from tests.waiting import until


def test_a_job_does_what_its_rates_say(api: Api, inside: Inside, control: Control) -> None:
    """Commits and the documents they write, reads, messages and objects, of a job that nobody asks for meanwhile."""
    with control.tracing() as traced:
        job = api.submit(prompt=a_prompt())

        def of_the_job() -> list[dict[str, str]]:
            return [call for call in traced() if job["id"] in call["about"]]

        # Nobody follows it: its end is its last call.
        until(lambda: any(call["method"] == "Commit" and '"completed"' in call["about"] for call in of_the_job()))
        calls = of_the_job()
    made = Counter(call["method"] for call in calls if not any(name in call["about"] for name in NOW_AND_THEN))
    written = Counter(
        name.partition("/")[0]
        for call in calls
        if call["method"] == "Commit"
        for name in re.findall(r'name: "[^"]*/documents/([^"]+)"', call["about"])
    )
    job_rates = rates.load().job
    assert written["jobs"] == made["Commit"] == job_rates.document_writes
    assert made["GetDocument"] + 1 == job_rates.firestore_reads  # and the render's, which does not name the job
    assert made["RunQuery"] == 0
    assert made["Publish"] == made["Deliver"] == job_rates.messages
    assert len(inside.objects(job)) == job_rates.object_writes
