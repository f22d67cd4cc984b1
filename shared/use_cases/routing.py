"""Which model a job goes on with when one fails: its successor where it is gone, then the job's own fallbacks.

job's model ── 404 ──> its successor, whether the request allows other models or not
            └─ TEMPORARY after its retries, RATE_LIMIT, AUTH_ERROR, … ──> `fallback` in turn, the placeholder
               refused, a bad request ──> the end
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from shared.catalog import catalog
from shared.catalog.abilities import MASKED, wrongs
from shared.domain.control import control_id
from shared.domain.errors import RETRYABLE, FailureType, ProviderError, Rejected
from shared.domain.job import Job, Stage
from shared.domain.request import JobRequest, ProviderOptions
from shared.ports import Clock
from shared.telemetry import event

PLACEHOLDER = "placeholder"  # the model
GONE_FOR = timedelta(hours=1)  # a 404 is believed for so long
NOT_FOUND = "model_not_found"
NOT_CONFIGURED = frozenset({"provider_not_configured", "model_no_credentials"})
# Not for what was asked, but for who was: another model may do it.
KINDS: frozenset[FailureType] = frozenset({"TEMPORARY", "RATE_LIMIT", "AUTH_ERROR"})
CODES = NOT_CONFIGURED | {NOT_FOUND, "provider_credits_exhausted"}
# What a successor may not know and the picture can be without; all else that it cannot do ends the job.
HARD_OPTIONS = MASKED | {"upscale_factor"}
SOFT = frozenset(
    {"/negative_prompt", "/seed", "/watermark", "/image_size"}
    | {f"/provider_options/{name}" for name in ProviderOptions.__struct_fields__ if name not in HARD_OPTIONS}
)


class Switch(NamedTuple):
    """The model to go on with, and what the timeline says of it."""

    provider: str
    model: str
    note: str


class Gone:
    """The models that answered 404 to this instance."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}

    def __contains__(self, model: str) -> bool:
        return model in self._until and self._until[model] > self._clock.now()

    def note(self, model: str) -> None:
        """It answered 404."""
        if model not in self._until:
            event("model is gone", level=logging.WARNING, model=model, successor=successor_of(model))
        self._until[model] = self._clock.now() + GONE_FOR


class Route:
    """The models that are left for one attempt of a job."""

    def __init__(self, job: Job, gone: Gone, paused: frozenset[str] = frozenset()) -> None:
        """`paused` are the ids of controls; no job turns to a provider that is."""
        chain = [job.first_model or job.model, *job.fallback, *([PLACEHOLDER] if job.allow_placeholder else [])]
        self._gone = gone
        self._paused = paused
        self._tried = {job.model}
        # An operation under way may be a later one's.
        left = chain[chain.index(job.model) + 1 :] if job.model in chain else chain[1:]
        self._left = [model for model in left if model in catalog().models]  # a deployment may have dropped one since
        self._errors: list[ProviderError] = []

    def start(self, job: Job) -> Switch | None:
        """Where to begin instead, if the job's model is known to be gone.

        Raises:
            ProviderError: it was taken out of the catalogue while the job waited.
        """
        if job.model not in catalog().models:
            text = f"The model {job.model} is not offered here any more. Send it again for one of GET /v1/models."
            raise ProviderError("PERMANENT", NOT_FOUND, text, billed="unknown" if job.provider_operation else "no")
        if job.provider_operation or job.model not in self._gone:
            return None
        successor = self._to_successor(job, job.model)
        return self._switch(job, successor, "not found lately") if successor else None

    @property
    def has_more(self) -> bool:
        """Whether others are left, whatever becomes of this one."""
        return bool(self._left)

    def after(self, job: Job, error: ProviderError, stage: Stage) -> Switch:
        """What to go on with after `error`.

        Raises:
            ProviderError: nothing is left, and this is how the attempt ends.
        """
        if not _leads_on(error, stage):
            raise error
        self._errors.append(error)
        if error.code == NOT_FOUND:
            self._gone.note(job.model)
            if successor := self._to_successor(job, job.model):
                return self._switch(job, successor, error.code)
        while self._left:
            named = self._left.pop(0)
            model = self._to_successor(job, named) if named in self._gone else named
            if model and model not in self._tried and control_id("provider", _provider(model)) not in self._paused:
                return self._switch(job, model, error.code)
        raise self._end(job, error)

    def _switch(self, job: Job, model: str, reason: str) -> Switch:
        self._tried.add(model)
        lost = sorted(_left_out(job, model) - _left_out(job, job.model))
        without = f", which does not know: {', '.join(lost)}" if lost else ""
        note = f"{job.model}: {reason}; goes on with {model}{without}"
        return Switch(_provider(model), model, note)

    def _to_successor(self, job: Job, gone: str) -> str | None:
        """The first of that model's successors that is left and can do the job."""
        model = successor_of(gone)
        while model and model not in self._tried:
            if model not in self._gone and not _hard(_wrongs(job, model)):
                return model
            model = successor_of(model)
        return None

    def _end(self, job: Job, last: ProviderError) -> ProviderError:
        """The failure that decides what becomes of the job: one that may pass, if any did; its money is the last's."""
        passing = [error for error in self._errors if error.kind in RETRYABLE]
        if not passing:
            return _retired(job, last, self._gone) if last.code == NOT_FOUND and successor_of(job.model) else last
        # One that counts first: else a job that pays for its calls would be tried for a day.
        shown = min(passing, key=lambda error: (error.kind == "RATE_LIMIT", not error.counts))
        if shown is last:
            return last
        return ProviderError(
            shown.kind,
            shown.code,
            shown.message,
            billed=last.billed,
            cost_micros=last.cost_micros,
            retry_after=shown.retry_after,
            counts=shown.counts,
        )


def successor_of(model: str) -> str | None:
    """The model that takes the place of `model`, where the catalogue names one that is there."""
    known = catalog().models.get(model)
    if known is None or known.successor is None:
        return None
    try:
        return catalog().resolve(known.successor)[0]
    except Rejected:
        return None


def _provider(model: str) -> str:
    return catalog().models[model].provider


def suited(job: Job) -> Job:
    """The job as its model is asked for it: one that it was not sent to is not told of what it does not know."""
    if job.first_model is None:
        return job
    unknown = _left_out(job, job.model)
    changes: dict[str, object] = dict.fromkeys(unknown & {"seed", "image_size", "negative_prompt"})
    if "watermark" in unknown:
        changes["watermark"] = True  # what cannot leave it out puts one in
    if "negative_prompt" in unknown and job.wording:
        changes["wording"] = msgspec.structs.replace(job.wording, negative_prompt=None)
    if options := unknown.intersection(ProviderOptions.__struct_fields__):
        changes["provider_options"] = msgspec.structs.replace(job.provider_options, **dict.fromkeys(options))
    return msgspec.structs.replace(job, **changes)


def _leads_on(error: ProviderError, stage: Stage) -> bool:
    if stage == "validating":  # what is fetched before the call is the same for every model
        return error.code in NOT_CONFIGURED
    return stage == "generating" and not error.keeps_operation and (error.kind in KINDS or error.code in CODES)


def _wrongs(job: Job, model: str) -> list[tuple[str, str]]:
    """What of the job the model cannot do, by the pointers of a request."""
    request = JobRequest(
        prompt=job.prompt,
        negative_prompt=job.told.negative_prompt,
        n=job.n,
        seed=job.seed,
        watermark=job.watermark,
        provider_options=job.provider_options,
        references=job.references,
        mask=job.mask,
        job_type=job.job_type,
    )
    return list(wrongs(model, request, job.aspect_ratio, job.image_size))  # type: ignore[arg-type]


def _left_out(job: Job, model: str) -> set[str]:
    """What of the job the model does not know and the picture can be without, by the names of a request."""
    return {pointer.rpartition("/")[2] for pointer, _ in _wrongs(job, model) if pointer in SOFT}


def _hard(found: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(pointer, text) for pointer, text in found if pointer not in SOFT]


def _retired(job: Job, error: ProviderError, gone: Gone) -> ProviderError:
    """Its successor cannot take its place."""
    successor = successor_of(job.model) or ""
    able = [
        name
        for name, model in catalog().models.items()
        if name != PLACEHOLDER and name not in gone and not model.retired and not _hard(_wrongs(job, name))
    ]
    what = "; ".join(f"{pointer}: {text}" for pointer, text in _hard(_wrongs(job, successor)))
    why = f"its successor cannot do this: {what}" if what else f"its successor {successor} is gone too"
    others = f"Send it again for {' or '.join(able)}." if able else "No other model here can do it."
    text = f"{job.model} is gone (404), and {why}. {others}"
    return ProviderError("PERMANENT", "model_retired", text, billed=error.billed, cost_micros=error.cost_micros)
