"""Where an answer leads: which calls take what it gives, always; of a list that may be empty, nothing."""

from typing import Any

from shared.api.batch_view import BatchView
from shared.api.contract.parts import Json
from shared.api.control_calls import ControlView
from shared.api.storyboard_view import StoryboardView
from shared.api.views import JobView

ID = "$response.body#/id"


def _link(operation: str, about: str, **parameters: str) -> Json:
    return {"operationId": operation, "description": about, "parameters": parameters}


LINKS: dict[Any, Json] = {
    JobView: {
        "look": _link("getJob", "The job as it is later.", job_id=ID),
        "follow": _link("followJob", "Each change of it as it happens.", job_id=ID),
        "cancel": _link("cancelJob", "While it has not ended.", job_id=ID),
        "retry": _link("retryJob", "Once it has failed.", job_id=ID),
        "vary": _link("createVariation", "Once it has completed.", job_id=ID),
        "image": _link("getImage", "Once it has completed.", job_id=ID, index="0"),
        "deliveries": _link("listDeliveries", "What its webhook was told.", job_id=ID),
        "delete": _link("deleteJob", "With its images.", job_id=ID),
    },
    BatchView: {
        "look": _link("getBatch", "The batch as it is later.", batch_id=ID),
        "cancel": _link("cancelBatch", "While it has not ended.", batch_id=ID),
        "retry": _link("retryBatch", "Once it has ended, with failed jobs.", batch_id=ID),
        "jobs": _link("listJobs", "Its jobs.", parent_id=ID),
        "deliveries": _link("listBatchDeliveries", "What its webhook was told.", batch_id=ID),
    },
    StoryboardView: {
        "look": _link("getStoryboard", "The storyboard as it is later.", board_id=ID),
        "follow": _link("followStoryboard", "Each change of it as it happens.", board_id=ID),
        "cancel": _link("cancelStoryboard", "While it has not ended.", board_id=ID),
        "retry": _link("retryStoryboard", "Once something of it has failed.", board_id=ID),
        "again": _link("regenerateScene", "Once its first picture has ended.", board_id=ID, index="0"),
        "scenes": _link("getScenes", "Once they are written.", board_id=ID),
        "job": _link("getJob", "The same as a job.", job_id=ID),
        "jobs": _link("listJobs", "Its pictures' jobs.", parent_id=ID),
    },
    ControlView: {
        "pause": _link("pauseControl", "Again.", kind="$response.body#/kind", name="$response.body#/name"),
        "resume": _link("resumeControl", "Later.", kind="$response.body#/kind", name="$response.body#/name"),
        "look": _link("listControls", "What else is paused."),
    },
}
