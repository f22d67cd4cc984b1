"""Every call of the API, once: its id, its address, the function that answers it, and the scope that it needs.

Routers bind their handlers to these ids (router.bound), a request is let in by its operation's scope, and the contract
describes each (shared/api/contract: what a call takes and answers, imported only where somebody reads it).
"""

from typing import Literal

import msgspec

from shared.domain.caller import Scope

# The gateway goes by the method: all that is read is asked of `status`. What begins with /v1/images/ is `openai`'s.
Function = Literal["submit", "status", "openai"]


class Operation(msgspec.Struct, frozen=True):
    """One call; a new one is a line below, a handler in its function's router, and a description in the contract."""

    id: str
    method: str
    path: str  # as OpenAPI and Starlette write it
    function: Function | None  # None: one that takes messages, and is no part of the API
    scope: Scope | None  # None: open to everybody
    dialect: str | None = None  # whose call it is; None: of the API itself
    told_by: str | None = None  # the dialect whose answers send its clients here: what opens that one opens this


OPERATIONS = {
    operation.id: operation
    for operation in (
        Operation("createJob", "POST", "/v1/jobs", "submit", "jobs:write"),
        Operation("estimateJob", "POST", "/v1/estimate", "submit", "jobs:read"),
        Operation("createUpload", "POST", "/v1/uploads", "submit", "jobs:write"),
        Operation("createVariation", "POST", "/v1/jobs/{job_id}/variations", "submit", "jobs:write"),
        Operation("cancelJob", "POST", "/v1/jobs/{job_id}/cancel", "submit", "jobs:write"),
        Operation("retryJob", "POST", "/v1/jobs/{job_id}/retry", "submit", "jobs:write"),
        Operation("deleteJob", "DELETE", "/v1/jobs/{job_id}", "submit", "jobs:write"),
        Operation("redriveDeadLetter", "POST", "/v1/dead-letters/{job_id}/redrive", "submit", "jobs:write"),
        Operation("redeliver", "POST", "/v1/deliveries/{delivery_id}/redeliver", "submit", "jobs:write"),
        Operation("createBatch", "POST", "/v1/batches", "submit", "jobs:write"),
        Operation("cancelBatch", "POST", "/v1/batches/{batch_id}/cancel", "submit", "jobs:write"),
        Operation("retryBatch", "POST", "/v1/batches/{batch_id}/retry", "submit", "jobs:write"),
        Operation("createStoryboard", "POST", "/v1/storyboards", "submit", "jobs:write"),
        Operation("cancelStoryboard", "POST", "/v1/storyboards/{board_id}/cancel", "submit", "jobs:write"),
        Operation("retryStoryboard", "POST", "/v1/storyboards/{board_id}/retry", "submit", "jobs:write"),
        Operation(
            "regenerateScene", "POST", "/v1/storyboards/{board_id}/scenes/{index}/regenerate", "submit", "jobs:write"
        ),
        Operation("createKey", "POST", "/v1/keys", "submit", "admin"),
        Operation("rotateKey", "POST", "/v1/keys/{key_id}/rotate", "submit", "admin"),
        Operation("revokeKey", "DELETE", "/v1/keys/{key_id}", "submit", "admin"),
        Operation("pauseControl", "POST", "/v1/controls/{kind}/{name}/pause", "submit", "admin"),
        Operation("resumeControl", "POST", "/v1/controls/{kind}/{name}/resume", "submit", "admin"),
        # The token in its address is what opens it.
        Operation("receiveCallback", "POST", "/v1/callbacks/{provider}/{job_id}/{token}", "submit", None),
        Operation("listJobs", "GET", "/v1/jobs", "status", "jobs:read"),
        Operation("getJob", "GET", "/v1/jobs/{job_id}", "status", "jobs:read", told_by="mv"),
        Operation("followJobs", "GET", "/v1/events", "status", "jobs:read"),
        Operation("followJob", "GET", "/v1/jobs/{job_id}/events", "status", "jobs:read"),
        Operation("getImage", "GET", "/v1/jobs/{job_id}/images/{index}", "status", "jobs:read", told_by="mv"),
        Operation("listDeliveries", "GET", "/v1/jobs/{job_id}/deliveries", "status", "jobs:read"),
        Operation("listDeadLetters", "GET", "/v1/dead-letters", "status", "jobs:read"),
        Operation("listBatchDeliveries", "GET", "/v1/batches/{batch_id}/deliveries", "status", "jobs:read"),
        Operation("listBatches", "GET", "/v1/batches", "status", "jobs:read"),
        Operation("getBatch", "GET", "/v1/batches/{batch_id}", "status", "jobs:read"),
        Operation("listStoryboards", "GET", "/v1/storyboards", "status", "jobs:read"),
        Operation("getStoryboard", "GET", "/v1/storyboards/{board_id}", "status", "jobs:read", told_by="mv"),
        Operation("followStoryboard", "GET", "/v1/storyboards/{board_id}/events", "status", "jobs:read"),
        Operation("getScenes", "GET", "/v1/storyboards/{board_id}/scenes.json", "status", "jobs:read", told_by="mv"),
        Operation(
            "getScenesAsText", "GET", "/v1/storyboards/{board_id}/scenes.md", "status", "jobs:read", told_by="mv"
        ),
        Operation("listModels", "GET", "/v1/models", "status", "jobs:read"),
        Operation("listStyles", "GET", "/v1/styles", "status", "jobs:read"),
        Operation("getUsage", "GET", "/v1/usage", "status", "jobs:read"),
        Operation("getLimits", "GET", "/v1/limits", "status", "jobs:read"),
        Operation("getStats", "GET", "/v1/stats", "status", "jobs:read"),
        Operation("listKeys", "GET", "/v1/keys", "status", "admin"),
        Operation("listControls", "GET", "/v1/controls", "status", "admin"),
        Operation("getHealth", "GET", "/health", "status", None),
        # Of older clients: see shared/api/dialects.
        Operation("generateImageTask", "POST", "/generate_image", "submit", "jobs:write", "iga"),
        Operation("createScenes", "POST", "/api/mv/create_scenes", "submit", "jobs:write", "mv"),
        Operation(
            "generateCharacterReference", "POST", "/api/mv/generate_character_reference", "submit", "jobs:write", "mv"
        ),
        Operation("getTask", "GET", "/v1/tasks/{task_id}", "status", "jobs:read", "iga"),
        Operation("generateImages", "POST", "/v1/images/generations", "openai", "jobs:write", "openai"),
        Operation("editImages", "POST", "/v1/images/edits", "openai", "jobs:write", "openai"),
        Operation("generateStudioImage", "POST", "/api/images/generate", "submit", "jobs:write", "studio"),
        Operation("getStudioJob", "GET", "/api/images/jobs/{job_id}", "status", "jobs:read", "studio"),
        # The capability in its address is what opens it.
        Operation("openPublicImage", "GET", "/i/{job_id}/{index}/{capability}", "status", None, "studio"),
        Operation("getStudioClient", "GET", "/client.js", "status", None, "studio"),
        # What the API is like is no secret, and whoever has no key yet reads of it first.
        Operation("getContract", "GET", "/openapi.json", "status", None),
        Operation("getDashboard", "GET", "/", "status", None),
        Operation("getDashboardFile", "GET", "/dashboard/{path}", "status", None),
        Operation("getDocs", "GET", "/docs", "status", None),
    )
}
