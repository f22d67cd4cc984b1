"""Every code of a problem that a client may meet: its status, and what to do."""

# Of every call, as its scope and its body bring them; the groups are put together in openapi.py.
ANY = ("invalid_query", "internal_error", "unavailable")
# Of a call that needs a scope.
CLOSED = ("unauthorized", "insufficient_scope", "tenant_disabled", "origin_not_allowed", "rate_limited")
BODY = ("invalid_request", "malformed_json", "body_too_large", "unsupported_media_type")
KEYED = ("invalid_idempotency_key", "idempotency_key_reused", "invalid_header")
MODEL = ("unknown_model", "unknown_style", "unsupported_by_model", "model_retired")
COUNTED = ("budget_exceeded", "too_many_jobs", "daily_images_exhausted")  # of a call that queues a job
PAGED = ("invalid_page_size", "invalid_page_token")

CODES: dict[str, tuple[int, str]] = {
    "invalid_request": (400, "A field is not as it must be; `errors` point to each that is at fault."),
    "malformed_json": (400, "The body is not JSON."),
    "malformed_form": (400, "The body is no form."),
    "missing_body": (400, "The call needs a body."),
    "invalid_query": (400, "A parameter of the query is given twice, or is not as it must be."),
    "missing_idempotency_key": (400, "X-Idempotency-Key is needed, and must not be empty."),
    "prompt_missing": (400, "`prompt` must be a text that is not blank."),
    "invalid_idempotency_key": (400, "Idempotency-Key must be one key, of 1 to 255 visible ASCII characters."),
    "invalid_header": (
        400,
        "X-Workflow-ID and X-User-ID must be 1 to 255 printable characters, Last-Event-ID the id of an event.",
    ),
    "unknown_model": (400, "GET /v1/models lists the models and their aliases."),
    "unknown_style": (400, "GET /v1/styles lists the styles."),
    "unsupported_by_model": (400, "The model cannot do this; the detail names models that can."),
    "invalid_page_size": (400, "page_size must be 1 to 500."),
    "invalid_page_token": (400, "page_token must be the next_page_token of an answer to the same request."),
    "unknown_filter": (400, "There is no such filter; the detail lists those that there are."),
    "invalid_filter": (400, "A filter's value is none that it may have."),
    "unsupported_filters": (400, "These filters do not go together; the detail lists those that do."),
    "too_many_filters": (400, "Only one of these filters may be given."),
    "invalid_window": (400, "`from` and `to` must be times with their zone, or days; the first before the second."),
    "invalid_group_by": (400, "group_by has a value that it may not have."),
    "window_too_large": (400, "Too many jobs ended in that time: ask for a shorter one."),
    "unauthorized": (401, "Nothing in the request opens this deployment: send `Authorization: Bearer drk_…`."),
    "budget_exceeded": (
        402,
        "The budget has less left than the job may cost; `exceeded` says how much, and until when.",
    ),
    "insufficient_scope": (403, "The key lacks the scope that the call needs."),
    "tenant_disabled": (403, "The tenant may not use this deployment any more; ask its operator."),
    "origin_not_allowed": (403, "An open deployment does nothing for a web page that CORS_ORIGINS does not name."),
    "not_the_operator": (403, "Lanes and providers are paused by the operator: the tenant of OPERATOR_TENANT."),
    "control_not_found": (404, "There is no such lane, provider or tenant; another tenant's is answered alike."),
    "key_not_found": (404, "There is no such key; another tenant's is answered alike."),
    "job_not_found": (404, "There is no such job; another tenant's is answered alike."),
    "batch_not_found": (404, "There is no such batch; another tenant's is answered alike."),
    "storyboard_not_found": (404, "There is no such storyboard; another tenant's is answered alike."),
    "scene_not_found": (404, "The storyboard has no such scene, or none yet; scenes are counted from 0."),
    "file_not_found": (404, "The page has no such file, or it is switched off by DASHBOARD."),
    "image_not_found": (404, "The job has no such image, or not yet."),
    "image_gone": (404, "The image's bytes are no longer in the bucket."),
    "thumbnail_not_found": (404, "The image has no thumbnail: the job did not ask for one, or it could not be made."),
    "original_not_found": (404, "The image is the model's own, byte for byte: there is no other original."),
    "delivery_not_found": (404, "There is no such delivery."),
    "callback_not_found": (404, "Nothing is waited for at this address."),
    "job_finished": (409, "The job has ended: there is nothing to cancel."),
    "batch_finished": (409, "The batch has ended: there is nothing to cancel."),
    "batch_not_failed": (409, "Only a batch that has ended, with failed jobs, can be retried."),
    "scene_unfinished": (409, "The scene has no picture that has ended: wait for it, or cancel it."),
    "job_not_failed": (409, "Only a failed job can be retried."),
    "job_is_a_conflict": (409, "It stands for a key that was used before, and never ran: send it with a new key."),
    "job_not_completed": (409, "The job has no images to start from yet."),
    "not_a_dead_letter": (409, "The job has not given up: there is nothing to redrive."),
    "key_not_in_force": (409, "The key is revoked or over: make a new one."),
    "secret_already_shown": (409, "The request was answered before, with a secret that is not kept: rotate the key."),
    "delivery_pending": (409, "The delivery is not over yet."),
    "job_deleted": (410, "The job was deleted; its key is not free for a week. Use a new one."),
    "model_retired": (410, "The model was switched off, and nothing takes its place. Name another."),
    "body_too_large": (413, "The body is larger than the call takes; the detail says how large it may be."),
    "unsupported_media_type": (415, "The body must be application/json."),
    "idempotency_key_reused": (
        422,
        "The key was used for another request. Use a new one, or repeat the first exactly.",
    ),
    "image_too_large": (422, "The image is too large for an answer: follow the link to it instead."),
    "rate_limited": (429, "Too many requests within a minute: try again after Retry-After."),
    "too_many_jobs": (429, "As many jobs are under way as may be: try again when one has ended."),
    "daily_images_exhausted": (429, "Today's images are used up; Retry-After says when the day, in UTC, is over."),
    "too_many_waiters": (429, "Too many requests wait here already: ask again in some seconds, or without waiting."),
    "internal_error": (500, "A defect here; the logs say what. To repeat with the same key is safe."),
    "unavailable": (
        503,
        (
            "Something behind the API does not answer, or the deployment lacks a setting; `code` and `detail` say "
            "what. To repeat with the same key, after Retry-After where it is given, is safe."
        ),
    ),
}
