"""What is wrong with a deployment, or soon will be, and what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Literal

from .client import Client
from .effects import Answer
from .errors import DarkroomError

NOTICE_DAYS = 60  # so long before a model is switched off it is time to move on
SKEW = timedelta(seconds=30)  # signatures and signed addresses bear minutes

# A call of each dialect of an older client that an empty body is not enough for: it is refused, and makes nothing.
DIALECTS = {
    "iga": "/generate_image",
    "studio": "/api/images/generate",
    "mv": "/api/mv/create_scenes",
    "openai": "/v1/images/generations",
}

Severity = Literal["ok", "note", "action"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    severity: Severity  # ok: as it should be · note: worth knowing · action: somebody has to do something
    subject: str
    message: str
    action: str = ""  # what to do


def now_in_utc() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


def examine(client: Client, now: Callable[[], datetime] = now_in_utc) -> Iterator[Finding]:
    """Look at a deployment; what cannot be reached ends it."""
    try:
        before = now()
        answer = client.request("GET", "/health")
        after = now()
        yield _health(answer)
        yield _clock(answer, before, after)
        yield from _models(client.request("GET", "/v1/models").json())
        yield from _access(client)
    except DarkroomError as exc:
        yield Finding("action", "deployment", str(exc), exc.advice)


def _health(answer: Answer) -> Finding:
    status = answer.json().get("status")
    if status == "ok":
        return Finding("ok", "health", "it answers")
    return Finding("action", "health", f"it says of itself: {status}", "See the logs of the function `status`.")


def _clock(answer: Answer, before: datetime, after: datetime) -> Finding:
    """How far the deployment's clock is ahead, by the Date of an answer, which is cut to its second."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return Finding("note", "clock", "the answer has no Date: the clocks cannot be compared")
    if before - SKEW <= theirs + timedelta(seconds=1) and theirs <= after + SKEW:
        return Finding("ok", "clock", "this machine's and the deployment's agree")
    ahead = (theirs - after).total_seconds()
    which = "ahead of" if ahead > 0 else "behind"
    text = f"the deployment's is {abs(ahead):.0f} s {which} this machine's"
    return Finding("action", "clock", text, "Let both keep time by NTP: signatures and signed addresses expire early.")


def _models(body: dict[str, Any]) -> Iterator[Finding]:
    """What is to be said of the models, those in use first."""
    try:
        used = list(filter(None, (_in_use(model) for model in body["models"])))
        spare = list(filter(None, (_spare(model) for model in body["models"])))
        gone = [f"{model['id']} → {model['successor'] or 'nothing'}" for model in body["models"] if model["retired"]]
    except (KeyError, TypeError) as exc:
        text = f"/v1/models is not what this version of darkroom knows: {exc!r}"
        yield Finding("action", "models", text, "Use the darkroom of the deployment's version.")
        return
    yield from used
    if not used:
        yield Finding("ok", "models", f"none in use is switched off within {NOTICE_DAYS} days")
    yield from spare
    if gone:
        yield Finding("note", "retired ids", f"what runs in their place: {', '.join(gone)}")


def _in_use(model: dict[str, Any]) -> Finding | None:
    names = [*model["aliases"], *(["the default model"] if model["default"] else [])]
    if not names or not _goes(model):
        return None
    steps = []
    instead = model["successor"]
    if model["default"]:
        steps.append(f"Set IMAGE_MODEL to {instead or 'another model'}")
    if model["aliases"]:
        target = instead or "another model"
        steps.append(f"Point {' and '.join(model['aliases'])} at {target} in shared/catalog/models.yaml and deploy")
    text = f"{', '.join(names)}: {_when(model)}"
    return Finding("action", model["id"], text, f"{'. '.join(steps)}.")


def _spare(model: dict[str, Any]) -> Finding | None:
    """A model that is on offer, not in use by a name of ours, and goes."""
    if model["aliases"] or model["default"] or model["retired"] or not _goes(model):
        return None
    after = f"requests for it go on with {model['successor']}" if model["successor"] else "it has no successor"
    return Finding("note", model["id"], f"{_when(model)}; {after}")


def _access(client: Client) -> Iterator[Finding]:
    """What somebody without a key may use: asked as anybody could ask, so that nothing need be told for it."""
    if client.request("GET", "/v1/models", anonymous=True, check=False).is_success:
        text = "whoever reaches it may do everything: it asks for no key"
        yield Finding("note", "access", text, "Set AUTH_MODE to keys, unless nobody but you can reach it.")
        return
    answers = {
        name: client.request("POST", path, json={}, anonymous=True, check=False) for name, path in DIALECTS.items()
    }
    opened = [name for name, answer in answers.items() if answer.status in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}]
    for name in opened:
        text = f"whoever reaches it may use the dialect {name} without a key, as one tenant, who pays for it"
        yield Finding("note", "access", text, f"Take {name} out of DIALECT_TENANTS once its clients have keys.")
    if not opened:
        yield Finding("ok", "access", "nothing can be used without a key")


def _goes(model: dict[str, Any]) -> bool:
    return model["retired"] or (model["days_left"] is not None and model["days_left"] <= NOTICE_DAYS)


def _when(model: dict[str, Any]) -> str:
    days, sunset = model["days_left"], model["sunset"]
    if model["retired"]:
        return f"retired since {sunset}"
    if days <= 0:
        return f"announced as switched off on {sunset}, {-days} days ago; tried for as long as it answers"
    return f"switched off on {sunset}, in {days} days"
