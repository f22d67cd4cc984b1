"""Calls about what is paused."""

from typing import Annotated

from msgspec import Meta

from shared.api.contract.examples import AT
from shared.api.contract.parts import Answer, Call, Parameter
from shared.api.control_calls import ControlList, ControlView

_PAUSED = ControlView(kind="lane", name="batch", paused=True, since=AT, announcing=False)
_RESUMED = ControlView(kind="lane", name="batch", paused=False, since=None, announcing=False)
_CONTROL = (
    Parameter("kind", "path", Annotated[str, Meta(min_length=1)], "`lane`, `provider` or `tenant`.", "lane"),
    Parameter("name", "path", Annotated[str, Meta(min_length=1)], "Which, as GET /v1/controls lists them.", "batch"),
)
_REFUSED = ("not_the_operator", "control_not_found")

CALLS = {
    "listControls": Call(
        "Controls",
        "List what may be paused",
        "Every lane and provider, and the caller's tenant; for the operator every tenant that is paused, too.",
        {200: Answer("All of it.", ControlList, ControlList((_PAUSED,)))},
    ),
    "pauseControl": Call(
        "Controls",
        "Pause a lane, a provider or a tenant",
        "Jobs are taken as ever, and wait: within 5 seconds none of that lane, provider or tenant is begun. What is "
        "under way is not interrupted, a wait uses up no attempt, and a deadline is kept. A key may pause its own "
        "tenant; lanes and providers are the operator's. It says how it is to be, and needs no Idempotency-Key: what "
        "is paused stays so.",
        {200: Answer("It is paused, perhaps since earlier.", ControlView, _PAUSED)},
        _REFUSED,
        _CONTROL,
    ),
    "resumeControl": Call(
        "Controls",
        "Let it go on",
        "The jobs that wait are told at once, the longest waiting first; of very many the last in the minutes after.",
        {200: Answer("It goes on.", ControlView, _RESUMED)},
        _REFUSED,
        _CONTROL,
    ),
}
