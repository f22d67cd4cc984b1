"""Calls about the catalogue, figures, webhooks and the service itself."""

from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import Meta

from shared.api.contract.codes import KEYED, PAGED
from shared.api.contract.examples import AT
from shared.api.contract.parameters import (
    BATCH_ID,
    CALLER,
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    JOB_ID,
    JOB_ID_EXAMPLE,
    PAGES,
    WINDOW,
)
from shared.api.contract.parts import Answer, Call, Parameter
from shared.api.delivery_calls import DeliveryPage, DeliveryView
from shared.api.limit_calls import LimitList
from shared.api.read_jobs import Health
from shared.api.usage_calls import StatsView, UsageGroup, UsageView
from shared.domain.delivery import Try
from shared.domain.exceeded import Left
from shared.domain.request import JobType
from shared.use_cases.list_models import ModelList, StyleList
from shared.use_cases.usage import GroupBy, Spent

_CATALOGUE = (IF_NONE_MATCH,)
_UNCHANGED = Answer("It has not changed.", headers=("ETag",))
_FIGURES = ("invalid_filter", "invalid_window", "window_too_large", "too_many_filters")
_ONE_OF = (
    Parameter("project_id", "query", str, "Only this project; one of these four may be given.", "film-7"),
    Parameter("user_id", "query", str, "Only this user.", "ada"),
    Parameter("job_type", "query", JobType, "Only jobs of this type.", "image"),
    Parameter("model", "query", str, "Only this model.", "imagen-4.0-generate-001"),
)
_SPENT: dict[str, Any] = {"jobs": 12, "images": 31, "calls": 13, "micros": 1_240_000, "unknown_calls": 0}
_DELIVERY = DeliveryView(
    id=f"evt_{JOB_ID_EXAMPLE}_5",
    job_id=JOB_ID_EXAMPLE,
    type="job.completed",
    status_sequence=5,
    url="https://studio.example/hooks/darkroom",
    state="delivered",
    disabled=False,
    tries=(Try(at=AT, status=200, duration_ms=84),),
    next_try_at=None,
    created_at=AT,
)

_VALUE = Annotated[str, Meta(min_length=1, max_length=500)]
_LEFT = Left(
    limit="day_micros", of="tenant", most=10_000_000, used=1_240_000, left=8_760_000,
    resets_at=datetime(2026, 11, 22, tzinfo=UTC),
)  # fmt: skip

CALLS = {
    "listModels": Call(
        "Catalogue",
        "List the models",
        "Every model: what it can do, its price in micro-USD an image, and how long it stays.",
        {200: Answer("The catalogue.", ModelList, headers=("ETag",)), 304: _UNCHANGED},
        (),
        _CATALOGUE,
    ),
    "listStyles": Call(
        "Catalogue",
        "List the styles",
        "What a job may name in `style`, and what that adds to its prompt.",
        {200: Answer("The styles.", StyleList, headers=("ETag",)), 304: _UNCHANGED},
        (),
        _CATALOGUE,
    ),
    "getUsage": Call(
        "Figures",
        "Tell what was spent",
        "Added up over the jobs that ended in a window of time, the last 30 days where none is given, and by day, "
        "project, user, type, provider or model. A call whose answer was lost counts at its estimate.",
        {
            200: Answer(
                "The spend.",
                UsageView,
                UsageView(
                    since=datetime(2026, 11, 1, tzinfo=UTC),
                    until=AT,
                    group_by="day",
                    total=Spent(**_SPENT),
                    groups=(UsageGroup(day="2026-11-20", **_SPENT),),
                ),
            )
        },
        (*_FIGURES, "invalid_group_by"),
        (*WINDOW, Parameter("group_by", "query", GroupBy, "By what, `day` where it is not given.", "day"), *_ONE_OF),
    ),
    "getLimits": Call(
        "Figures",
        "Tell what is left",
        "Of each limit and budget that a job would meet, the tenant's and, where they are named, a project's and a "
        "user's: how much of it there is, is used and is left. What is under way counts at what is reserved for it. "
        "Nothing is listed where nothing is limited; requests a minute are told in `RateLimit` of every answer.",
        {200: Answer("What is left.", LimitList, LimitList(limits=(_LEFT,)))},
        ("unknown_filter", "invalid_filter"),
        (
            Parameter("project_id", "query", _VALUE, "Those of this project too.", "film-7"),
            Parameter("user_id", "query", _VALUE, "Those of this user too.", "ada"),
        ),
    ),
    "getStats": Call(
        "Figures",
        "Tell how it goes",
        "Of the jobs that ended in a window of time, the last 24 hours where none is given: how many ended how, how "
        "long they took, what they cost, why they failed; and which are stuck now.",
        {200: Answer("The figures.", StatsView)},
        _FIGURES,
        (*WINDOW, *_ONE_OF),
    ),
    "listDeliveries": Call(
        "Webhooks",
        "List a job's webhook deliveries",
        "A page of them, the latest change's first, each with its tries.",
        {200: Answer("The deliveries.", DeliveryPage, DeliveryPage(deliveries=(_DELIVERY,), next_page_token=None))},
        ("job_not_found", *PAGED),
        (JOB_ID, *PAGES),
    ),
    "listBatchDeliveries": Call(
        "Webhooks",
        "List a batch's webhook deliveries",
        "As a job's: what the batch's own webhook was told of its ends.",
        {200: Answer("The deliveries.", DeliveryPage, DeliveryPage(deliveries=(_DELIVERY,), next_page_token=None))},
        ("batch_not_found", *PAGED),
        (BATCH_ID, *PAGES),
    ),
    "redeliver": Call(
        "Webhooks",
        "Send a delivery again",
        "One that is over, delivered or given up, begins anew with the same `webhook-id` and payload.",
        {202: Answer("It will be sent.", DeliveryView, _DELIVERY, ("Idempotency-Replayed", "Idempotency-Key-Expires"))},
        (*KEYED, "delivery_not_found", "delivery_pending", "job_deleted"),
        (
            Parameter("delivery_id", "path", str, "The delivery's id, which is its webhook-id.", _DELIVERY.id),
            IDEMPOTENCY_KEY,
            *CALLER,
        ),
    ),
    "receiveCallback": Call(
        "Service",
        "Take a provider's “done”",
        "For providers: the token in the address is what opens it. Whatever the body says, the provider is asked.",
        {200: Answer("Heard.")},
        ("body_too_large", "callback_not_found"),
        (
            Parameter("provider", "path", str, "Who calls.", "replicate"),
            JOB_ID,
            Parameter("token", "path", str, "Made for this job, this provider and this operation."),
        ),
    ),
    "getContract": Call(
        "Service",
        "Get the contract",
        "This API as OpenAPI 3.1. It needs no key.",
        {200: Answer("The document.", {"type": "object"}, headers=("ETag",)), 304: _UNCHANGED},
        (),
        _CATALOGUE,
    ),
    "getDocs": Call(
        "Service",
        "Read the contract",
        "The same as a page, which needs nothing from another host. It needs no key.",
        {
            200: Answer("The page.", {"type": "string"}, headers=("ETag",), media_type="text/html"),
            304: _UNCHANGED,
        },
        (),
        _CATALOGUE,
    ),
    "getDashboard": Call(
        "Service",
        "Open the dashboard",
        "The page where people look at their jobs. It needs no key; what it shows it asks for with the reader's.",
        {
            200: Answer("The page.", {"type": "string"}, headers=("ETag",), media_type="text/html"),
            304: _UNCHANGED,
        },
        ("file_not_found",),
        _CATALOGUE,
    ),
    "getDashboardFile": Call(
        "Service",
        "Get a part of the dashboard",
        "A script, a style or a drawing of the page. It needs no key.",
        {200: Answer("The file.", {}, headers=("ETag",), media_type="*/*"), 304: _UNCHANGED},
        ("file_not_found",),
        (Parameter("path", "path", str, "The file's name.", "style.css"), *_CATALOGUE),
    ),
    "getHealth": Call(
        "Service",
        "Tell that the process answers",
        "It asks nobody else, and needs no key.",
        {200: Answer("It does.", Health, Health())},
    ),
}
